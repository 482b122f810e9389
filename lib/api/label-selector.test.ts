import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LabelSelector } from "../../gen/typernetes/meta/v1/selector.ts";
import { isStatusError } from "../base/status-error.ts";
import {
  everything,
  formatLabelSelector,
  type LabelMatcher,
  labelMatcherOf,
  labelMatcherOfSet,
  nothing,
} from "./label-selector.ts";
import { parseLabelSelector } from "./label-selector-parser.ts";

const labels = { app: "web", tier: "front", empty: "", number: "5" };
const matching: [string, boolean][] = [
  ["", true],
  ["app=web", true],
  ["app==web", true],
  ["app=db", false],
  ["nosuch=x", false],
  ["app!=web", false],
  ["app!=db", true],
  ["nosuch!=x", true],
  ["app", true],
  ["nosuch", false],
  ["!app", false],
  ["!nosuch", true],
  ["! nosuch", true],
  ["app in (web,db)", true],
  ["app in (db)", false],
  ["app notin (db)", true],
  ["app notin (web)", false],
  ["nosuch notin (a)", true],
  ["nosuch in (a)", false],
  ["empty=", true],
  ["empty in (,a)", true],
  ["app=", false],
  ["empty", true],
  ["number>4", true],
  ["number>5", false],
  ["number<6", true],
  ["app<6", false],
  [" app = web , tier in ( front , back ) ", true],
  ["app=web,tier=back", false],
  ["in in (in),app", false],
  ["toString", false],
];
for (const [text, expected] of matching)
  test(`${JSON.stringify(text)} ${expected ? "matches" : "does not match"}`, () =>
    assert.equal(parseLabelSelector(text).matches(labels), expected));

test("without labels only absence matches", () => {
  assert.ok(parseLabelSelector("!a").matches(undefined));
  assert.ok(!parseLabelSelector("a").matches(undefined));
});

const broken: [string, RegExp][] = [
  ["=x", /^found '=', expected: !, identifier, or 'end of string'$/],
  ["a=b,", /^found '', expected: identifier after ','$/],
  ["a=b c", /^found 'c', expected: ',' or 'end of string'$/],
  ["a (b)", /^unable to parse requirement: found '\(', expected: in, notin, =, ==, !=, gt, lt$/],
  ["a in b", /^unable to parse requirement: found 'b' expected: '\('$/],
  ["a in (b", /^unable to parse requirement: found '', expected: ',' or '\)'$/],
  ["a in ()", /values set can't be empty$/],
  ["!", /^unable to parse requirement: found '', expected: identifier$/],
  ["a==(", /^unable to parse requirement: found '\(', expected: identifier$/],
  ["-a=b", /^unable to parse requirement: key: Invalid value: "-a": name part must consist/],
  ["a=-b", /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b": a valid label must be/],
  ["a>b", /the value must be an integer$/],
];
for (const [text, message] of broken)
  test(`${JSON.stringify(text)} is refused in Kubernetes' words`, () => {
    assert.throws(
      () => parseLabelSelector(text),
      (error) => isStatusError(error, "BadRequest") && message.test(error.message),
    );
  });

test("objects select as texts do", () => {
  const selector: LabelSelector = {
    matchLabels: { app: "web" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["front", "back"] },
      { key: "a", operator: "NotIn", values: ["b"] },
      { key: "empty", operator: "Exists" },
      { key: "z", operator: "DoesNotExist" },
    ],
  };
  const matcher = labelMatcherOf(selector);
  assert.equal(matcher.toString(), "a notin (b),app=web,empty,tier in (back,front),!z");
  assert.ok(matcher.matches(labels));
  assert.ok(!matcher.matches({ ...labels, z: "" }));
  assert.equal(matcher.exactValue("app"), "web");
  assert.equal(matcher.exactValue("tier"), undefined);
});

test("an absent selector matches nothing, an empty one everything", () => {
  assert.equal(labelMatcherOf(undefined), nothing);
  assert.equal(labelMatcherOf({}), everything);
  assert.ok(!nothing.matches(labels) && everything.matches(labels) && everything.isEmpty && !nothing.isEmpty);
  assert.ok(labelMatcherOfSet({ app: "web" }).matches(labels));
  assert.equal(formatLabelSelector(undefined), "<none>");
  assert.equal(formatLabelSelector({ matchLabels: { b: "1", a: "2" } }), "a=2,b=1");
  assert.equal(formatLabelSelector({ matchExpressions: [{ key: "a", operator: "Huh" }] }), "<error>");
});

const names = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const requirement = fc.oneof(
  names,
  names.map((key) => `!${key}`),
  fc.tuple(names, fc.constantFrom("=", "==", "!="), fc.oneof(names, fc.constant(""))).map((parts) => parts.join("")),
  fc
    .tuple(names, fc.constantFrom("in", "notin"), fc.array(names, { minLength: 1, maxLength: 3 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(",")})`),
  fc.tuple(names, fc.constantFrom("<", ">"), fc.nat()).map((parts) => parts.join("")),
);

test("what is written selects the same", () => {
  const keyed = fc.dictionary(names, fc.oneof(names, fc.nat().map(String)), { maxKeys: 5 });
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), keyed, (requirements, some) => {
      const first: LabelMatcher = parseLabelSelector(requirements.join(","));
      const second = parseLabelSelector(first.toString());
      assert.equal(second.toString(), first.toString());
      assert.equal(second.matches(some), first.matches(some));
    }),
  );
});

test("any text is read or refused, in time", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "=", "!", "(", ")", ",", " ", "in", "<", "é") }), (text) => {
      try {
        parseLabelSelector(text);
      } catch (error) {
        assert.ok(isStatusError(error, "BadRequest"));
      }
    }),
  );
});
