import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OrderedEntries } from "./ordered-entries.ts";

interface Entry {
  key: string;
  value: number;
}

test("entries are in order of their keys, whatever comes and goes", () => {
  const key = fc.integer({ min: 0, max: 3000 }).map((number) => `k${String(number).padStart(4, "0")}`);
  const step = fc.record({ key, isRemoval: fc.boolean() });
  const runs = fc.array(step, { maxLength: 4000, size: "max" });
  fc.assert(
    fc.property(fc.nat(2000), runs, key, key, (loaded, steps, from, until) => {
      const known = new Map<string, Entry>();
      for (let value = 0; value < loaded; value++) {
        const key = `k${String(value).padStart(4, "0")}`;
        known.set(key, { key, value });
      }
      const entries = new OrderedEntries<Entry>([...known.values()]);
      for (const [value, { key, isRemoval }] of steps.entries()) {
        if (isRemoval) known.delete(key);
        else known.set(key, { key, value });
        if (isRemoval) entries.delete(key);
        else entries.set({ key, value });
      }
      const expected = [...known.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
      assert.deepEqual([...entries], expected);
      assert.equal(entries.size, expected.length);
      assert.deepEqual(
        entries.slice(from),
        expected.filter((entry) => entry.key >= from),
      );
      assert.deepEqual(
        entries.slice(from, until),
        expected.filter((entry) => entry.key >= from && entry.key < until),
      );
    }),
    { numRuns: 20 },
  );
});

test("entries that come in order fill their runs", () => {
  const entries = new OrderedEntries<Entry>();
  const keys = Array.from({ length: 5000 }, (_, index) => String(index).padStart(5, "0"));
  for (const key of keys) entries.set({ key, value: 0 });
  assert.deepEqual(
    [...entries].map(({ key }) => key),
    keys,
  );
  assert.equal(entries.slice("00100", "00700").length, 600);
});
