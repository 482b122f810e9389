import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { FieldErrors } from "../api/field-errors.ts";
import { validateSchema } from "./validate-schema.ts";

function faults(schema: JSONSchemaProps): string[] {
  const errors = new FieldErrors();
  validateSchema(schema, "schema", errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

const listOf = (properties: object): JSONSchemaProps => ({
  type: "array",
  items: { type: "object", properties },
  "x-kubernetes-list-type": "map",
});
const withSpec = (spec: JSONSchemaProps): JSONSchemaProps => ({ type: "object", properties: { spec } });
const integer = { type: "integer" };

const broken: readonly (readonly [JSONSchemaProps, string])[] = [
  [{}, "schema.type: Required value: must not be empty at the root"],
  [{ type: "array", items: integer }, 'schema.type: Invalid value: "array": must be object at the root'],
  [withSpec({}), "schema.properties[spec].type: Required value: must not be empty for specified object fields"],
  [
    withSpec({ type: "text" }),
    'schema.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
  ],
  [
    withSpec({ type: "array", items: {} }),
    "schema.properties[spec].items.type: Required value: must not be empty for specified array items",
  ],
  [
    withSpec({ type: "object", properties: {}, additionalProperties: integer }),
    "schema.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
  ],
  [withSpec({ type: "integer", $ref: "#/x" }), "schema.properties[spec].$ref: Forbidden: $ref is not supported"],
  [
    withSpec({ type: "string", pattern: "(" }),
    'schema.properties[spec].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: ',
  ],
  [
    withSpec({ type: "integer", default: "x" }),
    'schema.properties[spec].default: Invalid value: "string": schema.properties[spec].default in body must be of type integer: "string"',
  ],
  [
    withSpec({ type: "object", default: { a: 1 } }),
    'schema.properties[spec].default: Invalid value: {"a":1}: must not have unknown fields',
  ],
  [
    withSpec({ type: "object", anyOf: [{ type: "object" }] }),
    "schema.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural",
  ],
  [
    withSpec({ type: "object", anyOf: [{ properties: { a: { minimum: 1 } } }] }),
    "schema.properties[spec].properties[a]: Required value: because it is defined in schema.properties[spec].anyOf[0].properties[a]",
  ],
  [
    withSpec({
      type: "array",
      items: { type: "object", properties: { a: integer } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a"],
    }),
    "schema.properties[spec].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
  ],
  [
    withSpec({ ...listOf({ a: { ...integer, default: 1 } }), "x-kubernetes-list-map-keys": ["a", "a"] }),
    'schema.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["a","a"]: must not contain duplicate entries',
  ],
  [
    withSpec({ ...listOf({ a: integer }), "x-kubernetes-list-map-keys": ["b"] }),
    'schema.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["b"]: entries must all be names of item properties',
  ],
  [
    withSpec({ ...listOf({ a: { type: "object", default: {} } }), "x-kubernetes-list-map-keys": ["a"] }),
    'schema.properties[spec].items.properties[a].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
  ],
  [
    withSpec({ type: "array", items: { type: "object", properties: { a: null } } }),
    "schema.properties[spec].items.properties[a].type: Required value: must not be empty for specified object fields",
  ],
  [
    withSpec({ type: "array", items: { type: "object", required: {} } }),
    'schema.properties[spec].items: Invalid value: {"type":"object","required":{}}: must be a schema object',
  ],
  [
    withSpec({ type: "object", additionalProperties: [] }),
    "schema.properties[spec].additionalProperties: Invalid value: []: must be a schema object",
  ],
  [
    { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
    "schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
  ],
  [
    withSpec({ type: "integer", "x-kubernetes-validations": [{ rule: "self.wrong > 1" }] }),
    'schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.wrong > 1"}: compilation failed: ERROR: ',
  ],
  [
    withSpec({ type: "integer", "x-kubernetes-validations": [{ rule: "self + 1" }] }),
    'schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"rule":"self + 1"}: must evaluate to bool',
  ],
];

for (const [schema, expected] of broken)
  test(`a schema is refused: ${expected}`, () => {
    const found = faults(schema);
    assert.ok(
      found.some((fault) => fault.startsWith(expected)),
      JSON.stringify(found),
    );
  });

test("what is structural is accepted", () => {
  const schema = withSpec({
    type: "object",
    required: ["port"],
    properties: {
      port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
      free: { "x-kubernetes-preserve-unknown-fields": true },
      any: { type: "object", additionalProperties: true },
      min: { ...integer, default: 1 },
    },
    oneOf: [{ required: ["free"] }, { properties: { min: { minimum: 3 } } }],
    "x-kubernetes-validations": [{ rule: "!has(self.min) || self.min > 0", message: "too small" }],
  });
  assert.deepEqual(faults(schema), []);
});
