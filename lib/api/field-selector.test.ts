import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isStatusError } from "../base/status-error.ts";
import { FieldMatcher, parseFieldSelector } from "./field-selector.ts";

const fields: Record<string, string> = { "metadata.name": "web", "spec.nodeName": "", "status.phase": "Running" };
const fieldValue = (field: string) => fields[field] ?? "";
const matching: [string, boolean][] = [
  ["", true],
  ["metadata.name=web", true],
  ["metadata.name==web", true],
  ["metadata.name!=web", false],
  ["spec.nodeName=", true],
  ["spec.nodeName!=", false],
  ["metadata.name=web,status.phase!=Failed", true],
  ["metadata.name=web,,status.phase=Failed", false],
];
for (const [text, expected] of matching)
  test(`${JSON.stringify(text)} ${expected ? "matches" : "does not match"}`, () =>
    assert.equal(parseFieldSelector(text).matches(fieldValue), expected));

for (const [text, message] of [
  ["metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ["a=b=c", "invalid field selector: unescaped character in value: ="],
  ["a=b\\x", "invalid field selector: invalid escape sequence: \\x"],
] as const)
  test(`${text} is refused in Kubernetes' words`, () => {
    assert.throws(
      () => parseFieldSelector(text),
      (error) => isStatusError(error, "BadRequest") && error.message === message,
    );
  });

test("what is written reads back, whatever the value", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("=" as const, "!=" as const), (value, operator) => {
      const matcher = new FieldMatcher([{ field: "a.b", operator, value }]);
      assert.deepEqual(parseFieldSelector(matcher.toString()).requirements, matcher.requirements);
    }),
  );
});

test("indexes learn which value is asked for", () => {
  const matcher = parseFieldSelector("spec.nodeName=n1,status.phase!=Failed");
  assert.equal(matcher.exactValue("spec.nodeName"), "n1");
  assert.equal(matcher.exactValue("status.phase"), undefined);
  assert.equal(matcher.unsupported(["spec.nodeName", "status.phase"]), undefined);
  assert.equal(matcher.unsupported(["spec.nodeName"]), "status.phase");
});
