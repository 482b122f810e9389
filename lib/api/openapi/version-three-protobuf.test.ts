import assert from "node:assert/strict";
import { test } from "node:test";
import { at, read, text } from "./test-protobuf-fields.ts";
import { encodePathItem, encodeSchema, encodeVersionThree } from "./version-three-protobuf.ts";

test("a schema has its rules where readers look for them", () => {
  const bytes = encodeSchema("Foo", {
    type: "object",
    description: "A foo.",
    nullable: true,
    required: ["a"],
    properties: {
      a: { type: "string", default: "", pattern: "^x", enum: ["x"] },
      b: { type: "array", items: { $ref: "#/components/schemas/Bar" }, "x-kubernetes-list-type": "set" },
      c: { type: "object", additionalProperties: { type: "integer", default: 0, minimum: -1 } },
      d: { additionalProperties: false, default: false },
      e: { allOf: [{ $ref: "#/components/schemas/Bar" }], default: {} },
    },
    not: { type: "string" },
  });
  assert.equal(text(at(bytes, 1, 1)), "Foo");
  const schema = read(at(bytes, 1, 2, 1));
  assert.equal(schema.get(1)?.[0], 1);
  assert.deepEqual(schema.get(23)?.map(text), ["a"]);
  assert.equal(text(schema.get(25)?.[0]), "object");
  assert.equal(text(at(schema.get(29)?.[0], 25)), "string");
  assert.equal(text(schema.get(34)?.[0]), "A foo.");
  const [a, b, c, d, e] = (read(schema.get(31)?.[0]).get(1) ?? []).map((each) => at(each, 2, 1));
  assert.equal(text(at(a, 33, 3)), "", "an empty default is one");
  assert.equal(text(at(a, 24, 2)), '"x"\n');
  assert.equal(text(at(b, 30, 1, 2, 1)), "#/components/schemas/Bar");
  assert.equal(text(at(b, 36, 1)), "x-kubernetes-list-type");
  assert.deepEqual([at(c, 32, 1, 1, 13), at(c, 32, 1, 1, 33, 1)], [-1, 0]);
  assert.deepEqual([at(d, 32, 2), at(d, 33, 2)], [0, 0]);
  assert.equal(text(at(e, 26, 2, 1)), "#/components/schemas/Bar");
  assert.equal(read(e).has(33), false, "objects are no defaults there");
});

test("a document is its head, its paths, its schemas and how to be known", () => {
  const body = { content: { "application/json": { schema: { $ref: "#/components/schemas/Foo" } } }, required: true };
  const parameters = [{ name: "watch", in: "query", schema: { type: "boolean" } }];
  const responses = { 200: { description: "OK", content: body.content } };
  const path = encodePathItem("/foos", {
    parameters,
    post: { operationId: "createFoo", requestBody: body, responses, "x-kubernetes-action": "post" },
  });
  const components = { securitySchemes: { BearerToken: { type: "apiKey", in: "header", name: "authorization" } } };
  const info = { title: "T", version: "v1" };
  const bytes = encodeVersionThree({ openapi: "3.0.0", info, components }, [path], [encodeSchema("Foo", {})]);
  assert.equal(text(at(bytes, 1)), "3.0.0");
  assert.deepEqual([text(at(bytes, 2, 1)), text(at(bytes, 2, 6))], ["T", "v1"]);
  assert.equal(text(at(bytes, 4, 1, 1)), "/foos");
  const item = at(bytes, 4, 1, 2);
  assert.equal(text(at(item, 13, 1, 1)), "watch");
  const post = at(item, 6);
  assert.equal(text(at(post, 5)), "createFoo");
  assert.equal(text(at(post, 7, 1, 2, 1, 1)), "application/json");
  assert.equal(text(at(post, 7, 1, 2, 1, 2, 1, 2, 1)), "#/components/schemas/Foo");
  assert.equal(at(post, 7, 1, 3), 1);
  assert.equal(text(at(post, 8, 2, 1)), "200");
  assert.equal(text(at(post, 8, 2, 2, 1, 1)), "OK");
  assert.equal(text(at(post, 13, 1)), "x-kubernetes-action");
  assert.equal(text(at(bytes, 5, 1, 1, 1)), "Foo");
  assert.equal(text(at(bytes, 5, 7, 1, 2, 1, 1)), "apiKey");
});
