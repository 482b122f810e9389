import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeRecord, encodeRecord, type LogRecord, recordBytesMax } from "./record.ts";

const records = fc.record(
  {
    key: fc.string({ unit: "binary", minLength: 1, maxLength: 80 }),
    value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
    previous: fc.nat({ max: 2 ** 40 }),
    replaces: fc.boolean(),
  },
  { noNullPrototype: true },
);
const revisions = fc.integer({ min: 1, max: 2 ** 45 });

function encode(record: LogRecord, revision: number): Buffer {
  const target = Buffer.alloc(recordBytesMax(record.key, record.value) + 7);
  return target.subarray(7, encodeRecord(record, revision, target, 7));
}

test("a record is read as it was written", () => {
  fc.assert(
    fc.property(records, revisions, (record, revision) => {
      const read = decodeRecord(encode(record, revision), revision);
      assert.deepEqual(read && { ...read, value: read.value && Uint8Array.from(read.value) }, record);
    }),
  );
});

test("a record with a changed bit, a cut end or another revision is not read", () => {
  fc.assert(
    fc.property(records, revisions, fc.nat(), fc.nat({ max: 7 }), (record, revision, position, bit) => {
      const bytes = encode(record, revision);
      assert.equal(decodeRecord(bytes, revision + 1), undefined);
      assert.equal(decodeRecord(bytes.subarray(0, bytes.length - 1), revision), undefined);
      const at = position % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      assert.equal(decodeRecord(bytes, revision), undefined);
    }),
  );
});
