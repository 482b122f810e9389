import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeDefinition, encodeDocument, encodePath } from "./document-protobuf.ts";
import { at, read, text } from "./test-protobuf-fields.ts";

test("a definition has its rules where readers look for them", () => {
  const bytes = encodeDefinition("Foo", {
    type: "object",
    description: "A foo.",
    required: ["a", "b"],
    properties: {
      a: { type: "string", pattern: "^x", maxLength: 5, minLength: 1, enum: ["x", "xy"], default: "x" },
      b: { type: "array", items: { $ref: "#/definitions/Bar" }, maxItems: 3, "x-kubernetes-list-type": "set" },
      c: {
        type: "object",
        additionalProperties: { type: "integer", minimum: -1, maximum: 2.5, exclusiveMaximum: true },
      },
      d: { type: "object", additionalProperties: true },
    },
    "x-kubernetes-group-version-kind": [{ group: "", kind: "Foo", version: "v1" }],
  });
  assert.equal(text(at(bytes, 1, 1)), "Foo");
  const schema = read(at(bytes, 1, 2));
  assert.deepEqual(schema.get(19)?.map(text), ["a", "b"]);
  assert.equal(text(at(schema.get(22)?.[0], 1)), "object");
  assert.equal(text(at(schema.get(31)?.[0], 1)), "x-kubernetes-group-version-kind");
  assert.equal(text(at(schema.get(31)?.[0], 2, 2)), '[{"group":"","kind":"Foo","version":"v1"}]\n');
  const properties = (read(schema.get(25)?.[0]).get(1) ?? []).map((each) => at(each, 2));
  const [a, b, c, d] = properties;
  assert.equal(text(at(a, 13)), "^x");
  assert.deepEqual([at(a, 11), at(a, 12)], [5, 1]);
  assert.deepEqual(
    read(a)
      .get(20)
      ?.map((each) => text(at(each, 2))),
    ['"x"\n', '"xy"\n'],
  );
  assert.equal(text(at(a, 5, 2)), '"x"\n');
  assert.equal(text(at(b, 23, 1, 1)), "#/definitions/Bar");
  assert.equal(at(b, 14), 3);
  assert.deepEqual([at(c, 21, 1, 9), at(c, 21, 1, 7), at(c, 21, 1, 8)], [-1, 2.5, 1]);
  assert.equal(at(d, 21, 2), 1);
});

test("parameters are of the kind that their place makes them", () => {
  const query = { in: "query", name: "watch", type: "boolean", uniqueItems: true };
  const path = { in: "path", name: "name", type: "string", required: true };
  const body = { in: "body", name: "body", schema: { $ref: "#/definitions/Foo" } };
  const parameters = [query, path, body, { $ref: "#/parameters/pretty" }];
  const bytes = encodePath("/foos", { get: { operationId: "listFoo", parameters } });
  assert.equal(text(at(bytes, 2, 1)), "/foos");
  const operation = at(bytes, 2, 2, 2);
  assert.equal(text(at(operation, 5)), "listFoo");
  const [first, second, third, fourth] = read(operation).get(8) ?? [];
  assert.equal(text(at(first, 1, 2, 3, 4)), "watch");
  assert.equal(text(at(first, 1, 2, 3, 6)), "boolean");
  assert.equal(text(at(second, 1, 2, 4, 4)), "name");
  assert.equal(text(at(second, 1, 2, 4, 5)), "string");
  assert.equal(text(at(third, 1, 1, 5, 1)), "#/definitions/Foo");
  assert.equal(text(at(fourth, 2, 1)), "#/parameters/pretty");
});

test("a document is its head, its paths and its definitions", () => {
  const paths = [encodePath("/a", { get: {} }), encodePath("/b", { get: {} })];
  const definitions = [encodeDefinition("A", { type: "object" })];
  const bytes = Buffer.concat(encodeDocument({ swagger: "2.0", info: { title: "T" } }, paths, definitions));
  const document = read(bytes);
  assert.equal(text(document.get(1)?.[0]), "2.0");
  assert.deepEqual(
    read(document.get(8)?.[0])
      .get(2)
      ?.map((path) => text(at(path, 1))),
    ["/a", "/b"],
  );
  assert.equal(text(at(document.get(9)?.[0], 1, 1)), "A");
});
