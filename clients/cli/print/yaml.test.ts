import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseYaml } from "../../../lib/api/yaml.ts";
import { formatGoYaml } from "./yaml.ts";

const scalars: readonly [value: unknown, text: string][] = [
  ["true", '"true"'],
  ["yes", '"yes"'],
  ["1e3", '"1e3"'],
  ["a: b", "'a: b'"],
  ["12:30:45", '"12:30:45"'],
  ["*", "'*'"],
  ["2024-01-01T00:00:00Z", '"2024-01-01T00:00:00Z"'],
  ["", '""'],
  ["y", '"y"'],
  ["trail ", "'trail '"],
  ["0x10", '"0x10"'],
  ["=", "="],
  ["~", '"~"'],
  ['"q"', "'\"q\"'"],
  ["it's", "it's"],
  ["@x", "'@x'"],
  ["%x", "'%x'"],
  ["tab\tx", '"tab\\tx"'],
  ["-", "'-'"],
  ["[x]", "'[x]'"],
  ["null", '"null"'],
  ["0o17", '"0o17"'],
  ["1_000", '"1_000"'],
  ["é", "é"],
  ["10.0.0.1", "10.0.0.1"],
  ["multi\nline\n", "|\n  multi\n  line"],
  ["no newline\nend", "|-\n  no newline\n  end"],
  [3, "3"],
  [true, "true"],
  [null, "null"],
  [[], "[]"],
  [{}, "{}"],
];

for (const [value, text] of scalars) {
  test(`${JSON.stringify(value)} is written as kubectl writes it`, () => {
    assert.equal(formatGoYaml({ k: value }), `k: ${text}\n`);
  });
}

test("lists are not indented, objects in them begin at the dash", () => {
  const value = { spec: { containers: [{ command: ["a", "b"], name: "x" }], m: [[1]] } };
  assert.equal(
    formatGoYaml(value),
    "spec:\n  containers:\n  - command:\n    - a\n    - b\n    name: x\n  m:\n  - - 1\n",
  );
});

test("what is written is read again as it was", () => {
  const leaf = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.stringMatching(/^[ -~\n\t]*$/),
    fc.constantFrom(...scalars.map(([value]) => value).filter((value) => typeof value === "string")),
    fc.integer(),
    fc.boolean(),
  );
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("value")),
      fc.dictionary(fc.stringMatching(/^[a-z][a-z. /-]{0,8}$/), tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(values, (value) => {
      const text = formatGoYaml({ value });
      assert.deepEqual(
        JSON.parse(JSON.stringify(parseYaml(text)[0]?.value)),
        JSON.parse(JSON.stringify({ value })),
        text,
      );
    }),
    { numRuns: 500 },
  );
});
