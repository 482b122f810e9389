import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { type PlainFns, setEntry } from "../../gen/plain-values.ts";
import { ConfigMap } from "../../gen/typernetes/core/v1/config_map.ts";
import { FieldsV1, IntOrString, JSON as Json, RawExtension, StringList } from "../../gen/typernetes/meta/v1/plain.ts";

function again<T>(fns: PlainFns<T>, value: T): T {
  return fns.decode(fns.encode(value).finish());
}

const bytesOf = <T>(fns: PlainFns<T>, value: T) => Buffer.from(fns.encode(value).finish()).toString("hex");

test("any JSON value survives the wire", () => {
  for (const fns of [Json, RawExtension, FieldsV1])
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        assert.deepEqual(again(fns, plain), plain);
      }),
    );
});

test("numbers and strings survive the wire, also strings that look like numbers", () => {
  for (const value of [0, 80, -1, 2 ** 31 - 1, -(2 ** 31), "", "80", "25%", "http", "0"])
    assert.equal(again(IntOrString, value), value);
});

test("plain values have Kubernetes' encoding", () => {
  assert.equal(bytesOf(IntOrString, 80), "08001050");
  assert.equal(bytesOf(IntOrString, "http"), "08011a0468747470");
  assert.equal(bytesOf(RawExtension, { a: 1 }), "0a077b2261223a317d");
  assert.equal(bytesOf(StringList, ["a", "b"]), "0a01610a0162");
});

test("lists of strings survive the wire", () => {
  fc.assert(fc.property(fc.array(fc.string()), (items) => assert.deepEqual(again(StringList, items), items)));
});

test("a message inside another ends where it is said to end", () => {
  const writer = new BinaryWriter();
  StringList.encode(["a"], writer.uint32(10).fork()).join();
  IntOrString.encode(7, writer.uint32(18).fork()).join();
  const reader = new BinaryReader(writer.finish());
  reader.uint32();
  assert.deepEqual(StringList.decode(reader, reader.uint32()), ["a"]);
  reader.uint32();
  assert.equal(IntOrString.decode(reader, reader.uint32()), 7);
  assert.equal(reader.pos, reader.len);
});

test("fields that a newer contract may have are skipped", () => {
  const newer = new BinaryWriter().uint32(8).int64(1).uint32(26).string("x").uint32(794).string("new").finish();
  assert.equal(IntOrString.decode(newer), "x");
});

test("text that is no JSON is refused", () => {
  assert.throws(() => Json.decode(new BinaryWriter().uint32(10).string("{").finish()), SyntaxError);
});

test("a map's key may be named like a property of every object", () => {
  const data: Record<string, string> = { constructor: "a", toString: "b", hasOwnProperty: "c" };
  setEntry(data, "__proto__", "d");
  const decoded = ConfigMap.decode(ConfigMap.encode({ data }).finish());
  assert.deepEqual(Object.entries(decoded.data ?? {}), Object.entries(data));
  assert.equal(Object.getPrototypeOf(decoded.data), Object.prototype);
  assert.equal(JSON.stringify(decoded.data), '{"constructor":"a","toString":"b","hasOwnProperty":"c","__proto__":"d"}');
});
