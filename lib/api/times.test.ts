import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalMicroTime, canonicalTime, TimeError } from "./times.ts";

const times: [string, string | undefined, string | undefined][] = [
  ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z"],
  ["2026-01-31T23:59:59.123456789Z", "2026-01-31T23:59:59Z", "2026-01-31T23:59:59.123456Z"],
  ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z", "2025-12-31T23:30:00.000000Z"],
  ["2024-02-29T12:00:00-05:30", "2024-02-29T17:30:00Z", "2024-02-29T17:30:00.000000Z"],
  ["0001-01-01T00:00:00Z", undefined, undefined],
  ["0099-06-01T00:00:00Z", "0099-06-01T00:00:00Z", "0099-06-01T00:00:00.000000Z"],
];
for (const [text, seconds, micros] of times) {
  test(`${text} is written ${seconds}`, () => {
    assert.equal(canonicalTime(text), seconds);
    assert.equal(canonicalMicroTime(text), micros);
  });
}

for (const text of [
  "",
  "2026-01-01",
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:60Z",
  "2026-01-01T00:00:00",
  "2026-01-01 00:00:00Z",
  "2026-01-01T00:00:00+0100",
  "9999-12-31T23:59:59-01:00",
])
  test(`${JSON.stringify(text)} is no time`, () => {
    assert.throws(() => canonicalTime(text), TimeError);
    assert.throws(() => canonicalMicroTime(text), TimeError);
  });

test("canonical times stay as they are, and name the same instant", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0001-01-02T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true }),
      (date) => {
        const text = canonicalTime(date.toISOString()) ?? "";
        assert.equal(Date.parse(text), Math.floor(date.getTime() / 1000) * 1000);
        assert.equal(canonicalTime(text), text);
      },
    ),
  );
});
