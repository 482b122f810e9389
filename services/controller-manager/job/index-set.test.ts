import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIndexes, parseIndexes } from "./index-set.ts";

const cases: readonly [number[], string][] = [
  [[], ""],
  [[3], "3"],
  [[0, 1], "0,1"],
  [[5, 3, 4, 0], "0,3-5"],
  [[0, 1, 2, 7, 8, 10], "0-2,7,8,10"],
];

for (const [indexes, text] of cases)
  test(`indexes as text: "${text}"`, () => {
    assert.equal(formatIndexes(new Set(indexes)), text);
    assert.deepEqual(
      [...parseIndexes(text, 100)].sort((a, b) => a - b),
      [...indexes].sort((a, b) => a - b),
    );
  });

test("indexes that a job does not have any more are left out", () => {
  assert.deepEqual([...parseIndexes("0,3-5", 5)], [0, 3, 4]);
});
