import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareKeys, prefixEnd } from "./key-order.ts";

const texts = fc.string({ unit: "binary", maxLength: 6 });

test("the end of a prefix is after all keys under it and before none that is after them", () => {
  fc.assert(
    fc.property(texts, texts, texts, (prefix, rest, other) => {
      const end = prefixEnd(prefix);
      if (end === undefined) return;
      assert.ok(compareKeys(prefix + rest, end) < 0);
      const isAfter = !other.startsWith(prefix) && compareKeys(other, prefix) > 0;
      assert.equal(compareKeys(other, end) >= 0, isAfter);
    }),
  );
});

test("a prefix of nothing, or of the last character only, has no end", () => {
  assert.equal(prefixEnd(""), undefined);
  assert.equal(prefixEnd("\u{10ffff}"), undefined);
  assert.equal(prefixEnd("/registry/"), "/registry0");
  assert.equal(prefixEnd("a\u{10ffff}"), "b");
});
