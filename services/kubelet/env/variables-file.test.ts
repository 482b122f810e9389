import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVariables } from "./variables-file.ts";

const table: [text: string, variables: Record<string, string>][] = [
  ["", {}],
  ["A=1\nB=two words\n", { A: "1", B: "two words" }],
  ["# said\n\n  \n  A = 1  \r\n", { A: "1" }],
  ["A=\nB==x=\n", { A: "", B: "=x=" }],
  ["A=one \\\n  two \\\n three\nB=2", { A: "one two three", B: "2" }],
  ["A=1\nA=2", { A: "2" }],
];
for (const [text, variables] of table)
  test(`variables of ${JSON.stringify(text)}`, () =>
    assert.deepEqual(Object.fromEntries(parseVariables(text)), variables));

for (const text of ["A", "A=1\n=2", "A=1 \\\n\nB=2", "A=1 \\\n# said", "A=1 \\"])
  test(`no variables: ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseVariables(text), { name: "ConfigError" }));
