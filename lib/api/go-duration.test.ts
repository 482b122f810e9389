import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DurationError, formatGoDuration, parseGoDuration } from "./go-duration.ts";

const durations: [string, number, string][] = [
  ["0", 0, "0s"],
  ["30s", 30_000, "30s"],
  ["1m", 60_000, "1m0s"],
  ["1h30m", 5_400_000, "1h30m0s"],
  ["90m", 5_400_000, "1h30m0s"],
  ["1.5s", 1500, "1.5s"],
  ["300ms", 300, "300ms"],
  ["-1.5h", -5_400_000, "-1h30m0s"],
  ["10us", 0.01, "10µs"],
  ["5ns", 0.000005, "5ns"],
  [".5m", 30_000, "30s"],
];
for (const [text, ms, canonical] of durations)
  test(`${text} is ${ms} ms`, () => {
    assert.equal(parseGoDuration(text), ms);
    assert.equal(formatGoDuration(ms), canonical);
  });

for (const text of ["", "1", "s", "1d", "1s1", "--1s", "1 s", "300000000h"])
  test(`${JSON.stringify(text)} is no duration`, () => assert.throws(() => parseGoDuration(text), DurationError));

test("what is written reads back", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      (ms) => parseGoDuration(formatGoDuration(ms)) === ms + 0,
    ),
  );
});
