import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { FieldErrors } from "../api/field-errors.ts";
import { applyDefaults } from "./defaults.ts";
import { prune } from "./prune.ts";
import { structuralSchema } from "./structural-schema.ts";
import { validateCustomObject } from "./validate-object.ts";

/** The schema of objects whose specification is `spec`. */
function schemaOf(spec: JSONSchemaProps, more: JSONSchemaProps = {}) {
  return structuralSchema({ type: "object", properties: { spec }, ...more });
}

function faults(spec: JSONSchemaProps, value: unknown, old?: unknown): string[] {
  const errors = new FieldErrors();
  const whole = (it: unknown) => ({ apiVersion: "g/v1", kind: "K", metadata: { name: "a" }, spec: it });
  validateCustomObject(schemaOf(spec), whole(value), errors, old === undefined ? undefined : whole(old));
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

const text = { type: "string" };

const broken: readonly (readonly [string, JSONSchemaProps, unknown, string[]])[] = [
  [
    "a wrong type",
    { type: "object", properties: { replicas: { type: "integer" } } },
    { replicas: "string" },
    ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
  ],
  ["a null", text, null, ['spec: Invalid value: "null": spec in body must be of type string: "null"']],
  ["a missing member", { type: "object", required: ["a"] }, {}, ["spec.a: Required value"]],
  [
    "a value too high",
    { type: "integer", maximum: 10 },
    11,
    ["spec: Invalid value: 11: spec in body should be less than or equal to 10"],
  ],
  [
    "a value too low",
    { type: "integer", minimum: 1, exclusiveMinimum: true },
    1,
    ["spec: Invalid value: 1: spec in body should be greater than 1"],
  ],
  [
    "no multiple",
    { type: "number", multipleOf: 0.1 },
    0.25,
    ["spec: Invalid value: 0.25: spec in body should be a multiple of 0.1"],
  ],
  [
    "a text too short",
    { ...text, minLength: 3 },
    "ab",
    ['spec: Invalid value: "ab": spec in body should be at least 3 chars long'],
  ],
  ["a text too long", { ...text, maxLength: 1 }, "ab", ["spec: Too long: may not be more than 1 bytes"]],
  ["a pattern", { ...text, pattern: "^a$" }, "b", [`spec: Invalid value: "b": spec in body should match '^a$'`]],
  [
    "a format",
    { ...text, format: "date-time" },
    "x",
    ['spec: Invalid value: "x": spec in body must be of type date-time: "x"'],
  ],
  ["an unknown name", { ...text, enum: ["a", "b"] }, "c", ['spec: Unsupported value: "c": supported values: "a", "b"']],
  [
    "too many elements",
    { type: "array", maxItems: 1, items: text },
    ["a", "b"],
    ["spec: Too many: 2: must have at most 1 items"],
  ],
  [
    "an element",
    { type: "array", items: text },
    ["a", 1],
    ['spec[1]: Invalid value: "integer": spec[1] in body must be of type string: "integer"'],
  ],
  [
    "a repeated element",
    { type: "array", items: text, "x-kubernetes-list-type": "set" },
    ["a", "a"],
    ['spec[1]: Duplicate value: "a"'],
  ],
  [
    "a repeated key",
    { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"] },
    [{ n: 1 }, { n: 1 }],
    ['spec[1]: Duplicate value: {"n":1}'],
  ],
  [
    "neither number nor text",
    { "x-kubernetes-int-or-string": true },
    true,
    ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
  ],
  [
    "an object in an object",
    { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    { kind: "A" },
    ["spec.apiVersion: Required value: must not be empty"],
  ],
  [
    "none of several",
    { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    {},
    [
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
      "spec.a: Required value",
    ],
  ],
  [
    "what may not be",
    { type: "object", not: { required: ["a"] } },
    { a: 1 },
    ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
  ],
  [
    "a rule",
    {
      type: "object",
      properties: { min: { type: "integer" }, max: { type: "integer" } },
      "x-kubernetes-validations": [{ rule: "self.min <= self.max", message: "min is above max" }],
    },
    { min: 2, max: 1 },
    ['spec: Invalid value: "object": min is above max'],
  ],
  [
    "a rule with words of its own",
    {
      type: "integer",
      "x-kubernetes-validations": [
        { rule: "self < 5", messageExpression: "'%d is too much'.format([self])", reason: "FieldValueForbidden" },
      ],
    },
    6,
    ["spec: Forbidden: 6 is too much"],
  ],
  [
    "a rule about a list of objects",
    {
      type: "array",
      items: { type: "object", properties: { n: { type: "integer" } } },
      "x-kubernetes-validations": [{ rule: "self[0].n == 1 && self.all(i, i.n > 0)" }],
    },
    [{ n: 1 }, { n: 0 }],
    ['spec: Invalid value: "array": failed rule: self[0].n == 1 && self.all(i, i.n > 0)'],
  ],
  [
    "a rule about a map of objects",
    {
      type: "object",
      additionalProperties: { type: "object", properties: { "my-port": { type: "integer" } } },
      "x-kubernetes-validations": [{ rule: "self.all(k, self[k].my__dash__port > 0)", fieldPath: ".a" }],
    },
    { a: { "my-port": 0 } },
    ['spec.a: Invalid value: "object": failed rule: self.all(k, self[k].my__dash__port > 0)'],
  ],
];

for (const [name, spec, value, expected] of broken)
  test(`${name} is reported`, () => assert.deepEqual(faults(spec, value), expected));

test("what fits is not reported", () => {
  assert.deepEqual(faults({ type: "string", nullable: true }, null), []);
  assert.deepEqual(faults({ type: "number" }, 3), []);
  assert.deepEqual(faults({ "x-kubernetes-int-or-string": true }, "80%"), []);
  assert.deepEqual(faults({ type: "object", anyOf: [{ required: ["a"] }, { required: ["b"] }] }, { b: 1 }), []);
});

test("rules about changes are checked for changes alone", () => {
  const immutable = { ...text, "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "is immutable" }] };
  assert.deepEqual(faults(immutable, "a"), []);
  assert.deepEqual(faults(immutable, "a", "a"), []);
  assert.deepEqual(faults(immutable, "b", "a"), ['spec: Invalid value: "string": is immutable']);
  const first = {
    ...text,
    "x-kubernetes-validations": [{ rule: "oldSelf.hasValue() || self == 'new'", optionalOldSelf: true }],
  };
  assert.equal(faults(first, "other").length, 1);
  assert.deepEqual(faults(first, "other", "new"), []);
});

test("elements of lists are compared with those of the same key", () => {
  const list = {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: {
      type: "object",
      properties: { name: text, size: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] } },
    },
  };
  const old = [
    { name: "a", size: 2 },
    { name: "b", size: 5 },
  ];
  assert.deepEqual(
    faults(
      list,
      [
        { name: "b", size: 6 },
        { name: "a", size: 2 },
      ],
      old,
    ),
    [],
  );
  assert.deepEqual(faults(list, [{ name: "b", size: 4 }], old), [
    'spec[0].size: Invalid value: "integer": failed rule: self >= oldSelf',
  ]);
});

test("what was broken before may stay so, and nothing else", () => {
  const spec = { type: "object", properties: { a: { ...text, maxLength: 1 }, b: text } };
  assert.deepEqual(faults(spec, { a: "long", b: "x" }, { a: "long" }), []);
  assert.equal(faults(spec, { a: "longer" }, { a: "long" }).length, 1);
});

test("what the schema does not name goes", () => {
  const schema = schemaOf({
    type: "object",
    properties: {
      kept: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      list: { type: "array", items: { type: "object", properties: { a: text } } },
      map: { type: "object", additionalProperties: text },
    },
  });
  const object = {
    apiVersion: "g/v1",
    spec: { kept: { x: 1 }, list: [{ a: "1", b: 2 }], map: { k: "v" }, other: 1 },
    more: 1,
  };
  const removed: string[] = [];
  prune(object, schema, (path) => removed.push(path));
  assert.deepEqual(object, { apiVersion: "g/v1", spec: { kept: { x: 1 }, list: [{ a: "1" }], map: { k: "v" } } });
  assert.deepEqual(removed, ["spec.list[0].b", "spec.other", "more"]);
});

test("defaults are filled in at every depth, and copied", () => {
  const schema = schemaOf({
    type: "object",
    default: {},
    properties: {
      size: { type: "integer", default: 3 },
      list: { type: "array", items: { type: "object", properties: { tags: { type: "array", default: ["x"] } } } },
    },
  });
  const object: { spec?: unknown } = {};
  applyDefaults(object, schema);
  assert.deepEqual(object, { spec: { size: 3 } });
  const other: { spec: { size: unknown; list: { tags?: unknown }[] } } = { spec: { size: null, list: [{}, {}] } };
  applyDefaults(other, schema);
  assert.deepEqual(other, { spec: { size: 3, list: [{ tags: ["x"] }, { tags: ["x"] }] } });
  const [first, second] = other.spec.list;
  assert.notEqual(first?.tags, second?.tags);
});
