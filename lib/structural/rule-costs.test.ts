import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { FieldErrors } from "../api/field-errors.ts";
import { rulesOf } from "./rules.ts";
import { sizesOf } from "./schema-sizes.ts";
import { structuralSchema } from "./structural-schema.ts";
import { validateSchema } from "./validate-schema.ts";

type Make = (limit: number | undefined) => JSONSchemaProps;

const defined = (limits: Record<string, number | undefined>) =>
  Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
const scalar = (type: string): JSONSchemaProps => {
  if (type === "int-or-string") return { "x-kubernetes-int-or-string": true };
  return ["duration", "date", "date-time", "byte"].includes(type) ? { type: "string", format: type } : { type };
};
const text = (limit?: number): JSONSchemaProps => ({ type: "string", ...defined({ maxLength: limit }) });
const listOf =
  (items: JSONSchemaProps): Make =>
  (maxItems) => ({ type: "array", items, ...defined({ maxItems }) });
const mapOf =
  (additionalProperties: JSONSchemaProps): Make =>
  (maxProperties) => ({ type: "object", additionalProperties, ...defined({ maxProperties }) });
const list = (type: string) => listOf(scalar(type));
const map = (type: string) => mapOf(scalar(type));
const several = (...names: string[]): Make => {
  return (limit) => ({ type: "object", properties: Object.fromEntries(names.map((name) => [name, text(limit)])) });
};
const texts: Make = (limit) => ({ ...list("string")(limit), items: text(limit) });

/** What Kubernetes makes of these rules without a limit, and with one. */
const known: readonly (readonly [string, Make, string, number, number, number])[] = [
  ["a list of numbers", list("number"), "self.all(x, true)", 4718591, 10, 32],
  ["a list of texts", list("string"), "self.all(x, true)", 3145727, 20, 62],
  ["a list of truths", list("boolean"), "self.all(x, true)", 1887437, 5, 17],
  ["a list of lists", listOf(list("number")(undefined)), "self.all(x, true)", 3145727, 100, 302],
  ["a map of numbers", map("number"), "self.all(x, true)", 1348169, 10, 32],
  ["a map of texts", map("string"), "self.all(x, true)", 1179647, 3, 11],
  ["a map of truths", map("boolean"), "self.all(x, true)", 943718, 100, 302],
  ["a text", text, "self.contains('test')", 314574, 10, 5],
  ["a text", text, "self.startsWith('test')", 2, 15, 2],
  ["a text", text, "self.endsWith('test')", 2, 30, 2],
  ["a text", text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
  ["a list of numbers", list("number"), "self[1] == 0.0", 2, 5000, 2],
  ["a list of texts", list("string"), "self[1] == self[1]", 314577, 8, 314577],
  ["a list of numbers", list("number"), "self.all(x, self.all(y, true))", Number.NaN, 10, 352],
  ["a list of numbers", list("number"), "self.all(x, self.all(y, self.all(z, true)))", Number.NaN, 10, 3552],
  ["a text", text, 'self.matches("x")', 314574, 50, 22],
  ["a text", text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  ["a text", text, 'self.matches("")', 1, 100, 1],
  ["a list of numbers", list("number"), "self[3] == 0.0", 2, 0, 2],
  ["a map of numbers", map("number"), 'self["x"] == 0.0', 2, 0, 2],
  ["a text", text, 'self == "x"', 2, 0, 1],
  ["bytes", (maxLength) => ({ ...scalar("byte"), ...defined({ maxLength }) }), 'self == b"x"', 2, 0, 1],
  ["a list of numbers", list("number"), "self.all(x, x == 0.0)", 6291454, 3 * 1024 * 2048, 25165826],
  ["a list of numbers or texts", list("int-or-string"), "self.all(x, true)", 4718591, 10, 32],
  ["a list of numbers or texts", list("int-or-string"), "self[0] == 5", 3, 10, 3],
  ["a list of lists", listOf(list("number")(undefined)), "self[0][0] == -1.0", 3, 51, 3],
  ["a list of maps", listOf(map("number")(undefined)), "self.all(x, x.y == 25.2)", 6291452, 12, 74],
  ["a list of maps", listOf(map("number")(undefined)), "self[0].x > 2.0", 4, 3000, 4],
  ["a list of durations", list("duration"), "self.all(x, true)", 2359295, 5, 17],
  ["a list of durations", list("duration"), "self[0].getHours() == 2", 4, 525, 4],
  ["a list of dates", list("date"), "self.all(x, true)", 725936, 15, 47],
  ["a list of times", list("date-time"), "self.all(x, true)", 428963, 25, 77],
  ["a map of numbers or texts", map("int-or-string"), "self.all(x, true)", 1348169, 15, 47],
  ["a map of maps", mapOf(map("number")(undefined)), "self.all(x, true)", 1179647, 10, 32],
  ["a map of durations", map("duration"), "self.all(x, true)", 1048577, 5, 17],
  ["a map of dates", map("date"), "self.all(x, true)", 524288, 10, 32],
  ["a map of times", map("date-time"), "self.all(x, true)", 349526, 25, 77],
  ["a text", text, "self.find('[0-9]+') == ''", 629147, 10, 11],
  ["a list of texts", texts, "self.join(' ') == 'aa bb'", 329853068905, 10, 43],
  ["a list of texts", texts, "self.isSorted() == true", 329854432052, 10, 52],
  ["texts", several("str", "separator"), "self.str.split(self.separator) == []", 629160, 10, 22],
  ["a text", text, "self.lowerAscii() == 'lower!'", 314575, 10, 6],
  ["a map of numbers", map("integer"), "oldSelf.size() == self.size()", 5, 10, 5],
  ["a map of times", map("date-time"), 'self["a"] == self["b"]', 8, 7, 8],
  ["a map of durations", map("duration"), 'self["c"] == self["d"]', 8, 42, 8],
  [
    "one of some texts",
    (limit) => ({ ...text(limit), enum: ["A", "B", "C", "LongValue"] }),
    "self.contains('A')",
    ...([2, 1000, 401] as const),
  ],
  [
    "texts",
    (limit) => ({ type: "object", properties: { str: text(limit), before: text(2), after: text(4) } }),
    "self.str.replace(self.before, self.after) == 'does not matter'",
    ...([629154, 4, 12] as const),
  ],
];

const costOf = (schema: JSONSchemaProps, rule: string): number => {
  const it = { ...schema, "x-kubernetes-validations": [{ rule }] };
  const root = structuralSchema({ type: "object", properties: { it } });
  const { byNode, faults } = rulesOf(root);
  assert.deepEqual(faults, []);
  const node = root.properties.get("it");
  const sizes = node && sizesOf(node, false);
  return (sizes && byNode.get(node)?.[0]?.expression.costMax(sizes)) ?? Number.NaN;
};

for (const [what, make, rule, without, limit, within] of known)
  test(`${rule} about ${what} costs what Kubernetes takes it to cost`, () => {
    if (Number.isNaN(without)) assert.ok(costOf(make(undefined), rule) > 10_000_000);
    else assert.equal(costOf(make(undefined), rule), without);
    assert.equal(costOf(make(limit), rule), within);
  });

const steps: readonly (readonly [string, number])[] = [
  ["true", 0],
  ["has(self.a)", 1],
  ["self.n > 1 && self.n < 3 || self.b", 8],
  ["self.b ? self.n > 1 : true", 5],
  ["self.l.exists(x, x == 'a')", 3 + 10 * (4 + 2)],
  ["self.l.exists_one(x, x == 'a')", 4 + 10 * (2 + 2)],
  ["self.l.filter(x, x == 'a').size() == 1", 2 + 10 + 10 * (13 + 2) + 1 + 1 + 1],
  ["self.l.map(x, x + 'b').exists(y, y == 'c')", 2 + 10 + 10 * (12 + 1 + 5) + 1 + 1 + 10 * (4 + 1)],
  ["self.l.map(x, x != 'a', x).size() > 0", 2 + 10 + 10 * (2 + 12 + 1) + 1 + 1 + 1],
  ["self.l.all(i, x, x == 'a' && i > 0)", 3 + 10 * (3 + 2 + 2)],
  ["self.l.transformList(i, x, x).size() == 1", 2 + 10 + 10 * (12 + 1) + 1 + 1 + 1],
  ["'a' in self.l", 2 + 10],
  ["self.n in [1, 2]", 2 + 10 + 2],
  ["sets.contains(self.l, ['a', 'b'])", 2 + 10 + 20 + 1],
  ["cel.bind(x, self.l, x.size() == x.size())", 10 + 2 + 1 + 1 + 1 + 1 + 1],
  ["self.?a.orValue('x') == 'y'", 1 + 1 + 1 + 1],
  ["self.a.matches('^[a-z]*$') && self.a.size() < 5", 2 + 5 * 2 + 2 + 1 + 1],
  ["{'a': self.a}.size() == 1", 30 + 2 + 1 + 1],
  ["!format.dns1123Label().validate(self.a).hasValue()", 2 + 128 + 1 + 1 + 1],
];

const parts: JSONSchemaProps = {
  type: "object",
  properties: {
    a: text(10),
    b: { type: "boolean" },
    n: { type: "integer" },
    l: { type: "array", maxItems: 10, items: text(10) },
  },
};

for (const [rule, cost] of steps) test(`${rule} costs ${cost}`, () => assert.equal(costOf(parts, rule), cost));

const advice =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
const faultsOf = (schema: JSONSchemaProps, isKnown = false) => {
  const errors = new FieldErrors();
  validateSchema(schema, "spec.validation.openAPIV3Schema", errors, isKnown);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
};
const rootOf = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({
  type: "object",
  properties: { spec: { type: "object", properties } },
});
const at = "spec.validation.openAPIV3Schema.properties[spec].properties[tags]";

test("a schema is refused whose rules may take too long, and rules that are in it already may stay", () => {
  const rules = { "x-kubernetes-validations": [{ rule: "self.all(x, x.contains('gpu'))" }] };
  const tags: JSONSchemaProps = { type: "array", items: { type: "string" }, ...rules };
  assert.deepEqual(faultsOf(rootOf({ tags })), [
    `${at}.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
    `${at}.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
  ]);
  assert.deepEqual(faultsOf(rootOf({ tags }), true), []);
});

test("limits of lists and texts let a rule in", () => {
  const tags = (maxItems: number, maxLength: number): JSONSchemaProps => ({
    ...{ type: "array", maxItems, items: { type: "string", maxLength } },
    "x-kubernetes-validations": [{ rule: "self.all(x, x.contains('gpu'))" }],
  });
  for (const [maxLength, most] of [
    [16, 909_090],
    [63, 333_333],
    [253, 94_339],
    [1024, 24_154],
  ] as const) {
    assert.deepEqual(faultsOf(rootOf({ tags: tags(most, maxLength) })), []);
    assert.match(
      faultsOf(rootOf({ tags: tags(most + 1, maxLength) }))[0] ?? "",
      /: Forbidden: estimated rule cost exceeds budget by factor of 1\.0000\d\dx /,
    );
  }
});

test("a rule counts as often as its place may be in an object", () => {
  const item: JSONSchemaProps = {
    ...{ type: "object", properties: { name: { type: "string" } } },
    "x-kubernetes-validations": [{ rule: "self.name == 'a'", messageExpression: "self.name + '!'" }],
  };
  const unlimited = faultsOf(rootOf({ tags: { type: "array", items: item } }));
  assert.deepEqual(
    unlimited.filter((fault) => fault.includes("estimated messageExpression cost")),
    [
      `${at}.items.x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${advice}`,
    ],
  );
  assert.deepEqual(faultsOf(rootOf({ tags: { type: "array", maxItems: 10, items: item } })), []);
});

test("what is deep in one another is looked at once", () => {
  const nested = (open: string, close: string) => `${open.repeat(60)}1${close.repeat(60)}`;
  for (const rule of [nested("[", "]"), nested("{'a': ", "}"), nested("cel.bind(x, ", ", x)"), nested("dyn(", ")")])
    assert.ok(costOf(parts, `size([${rule}]) == 1`) > 0);
});
