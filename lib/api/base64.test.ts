import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Base64Error, base64ByteLength, canonicalBase64 } from "./base64.ts";

test("base64 of any bytes is canonical", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      return canonicalBase64(text) === text && base64ByteLength(text) === bytes.length;
    }),
  );
});

test("line ends are dropped and unused bits cleared", () => {
  assert.equal(canonicalBase64("QU\r\nJD\n"), "QUJD");
  assert.equal(canonicalBase64("QR=="), "QQ==");
  assert.equal(canonicalBase64("QUJ="), "QUI=");
});

for (const text of ["Q", "QQ", "QQ=", "Q===", "QQ==QQ==", "Q$==", "QQ-_"])
  test(`${text} is no base64`, () => assert.throws(() => canonicalBase64(text), Base64Error));
