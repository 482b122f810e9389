import assert from "node:assert/strict";
import { test } from "node:test";
import type { JSONSchemaProps } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { customDefinition } from "./custom-definition.ts";

const kind = { group: "example.com", kind: "Foo", version: "v1" };

/** The definition of a kind that has one property of its own. */
function propertyOf(schema: JSONSchemaProps, version: 2 | 3): JsonRecord {
  const definition = customDefinition({ type: "object", properties: { own: schema } }, kind, version);
  const properties = definition["properties"];
  assert.ok(isRecord(properties) && isRecord(properties["own"]));
  return properties["own"];
}

const cases: { what: string; schema: JSONSchemaProps; reduced: JsonRecord }[] = [
  {
    what: "alternatives are left out of v2",
    schema: { type: "string", oneOf: [{ pattern: "a" }], anyOf: [{ pattern: "b" }], not: { pattern: "c" } },
    reduced: { type: "string" },
  },
  {
    what: "what may be null has no type in v2",
    schema: { type: "object", nullable: true, properties: { a: { type: "string" } } },
    reduced: {},
  },
  {
    what: "what may have unknown fields names none in v2",
    schema: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { a: { type: "string" } },
    },
    reduced: { "x-kubernetes-preserve-unknown-fields": true },
  },
  {
    what: "a list without items has no type in v2",
    schema: { type: "array" },
    reduced: {},
  },
  {
    what: "fields that may be null are not required in v2",
    schema: {
      type: "object",
      required: ["a", "b"],
      properties: { a: { type: "string", nullable: true }, b: { type: "string" } },
    },
    reduced: { type: "object", required: ["b"], properties: { a: {}, b: { type: "string" } } },
  },
  {
    what: "reduction goes all the way down",
    schema: {
      type: "array",
      items: { type: "object", additionalProperties: { type: "string", nullable: true } },
    },
    reduced: { type: "array", items: { type: "object", additionalProperties: {} } },
  },
];

for (const { what, schema, reduced } of cases) {
  test(what, () => {
    assert.deepEqual(plain(propertyOf(schema, 2)), reduced);
    assert.deepEqual(plain(propertyOf(schema, 3)), schema);
  });
}

test("objects have version, kind and metadata, those within them too", () => {
  for (const version of [2, 3] as const) {
    const embedded = propertyOf({ type: "object", "x-kubernetes-embedded-resource": true }, version);
    assert.ok(isRecord(embedded["properties"]));
    assert.deepEqual(Object.keys(embedded["properties"]), ["apiVersion", "kind", "metadata"]);
    assert.deepEqual(embedded["required"], ["kind", "apiVersion"]);
  }
});

test("a kind that takes unknown fields, or has no schema, says nothing of its fields in v2", () => {
  const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const nothing = { type: "object", "x-kubernetes-group-version-kind": [kind] };
  assert.deepEqual(customDefinition(open, kind, 2), nothing);
  assert.deepEqual(customDefinition(undefined, kind, 2), nothing);
  assert.ok(customDefinition(open, kind, 3)["properties"]);
});

test("members may have the names that all objects inherit", () => {
  const properties: Record<string, JSONSchemaProps> = JSON.parse('{"__proto__":{"type":"string"},"constructor":{}}');
  const converted = propertyOf({ type: "object", properties }, 2);
  assert.ok(isRecord(converted["properties"]));
  assert.deepEqual(Object.keys(converted["properties"]), ["__proto__", "constructor"]);
});

/** Without the difference between objects with and without a prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
