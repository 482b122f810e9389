import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isStatusError } from "../base/status-error.ts";
import { formatYaml, parseYaml } from "./yaml.ts";

const values = (text: string) => parseYaml(text).map((document) => document.value);

test("documents are read in order, empty ones left out", () => {
  assert.deepEqual(parseYaml("---\na: 1\n---\n# nothing\n---\n\nb: [x, 'y']\n"), [
    { value: { a: 1 }, line: 2 },
    { value: { b: ["x", "y"] }, line: 7 },
  ]);
  assert.deepEqual(parseYaml(""), []);
  assert.deepEqual(values('{"a": {"b": null}}'), [{ a: { b: null } }]);
});

test("values are those of Kubernetes' tools", () => {
  const text =
    "yes: on\ntime: 2026-01-01T00:00:00Z\nday: 2026-01-01\nmode: 0644\nratio: 1:30\nport: 80\nversion: '1'\n8080: x\nmerged:\n  <<: &base {a: 1}\n  b: 2\n";
  assert.deepEqual(values(text), [
    {
      yes: true,
      time: "2026-01-01T00:00:00Z",
      day: "2026-01-01",
      mode: 420,
      ratio: "1:30",
      port: 80,
      version: "1",
      "8080": "x",
      merged: { a: 1, b: 2 },
    },
  ]);
});

test("a number has digits", () => {
  assert.deepEqual(values("[., .., e1, .e1, -.5, 1e3, 1.]"), [[".", "..", "e1", ".e1", -0.5, 1000, 1]]);
});

test("many keys, texts and documents are read in time that grows with them alone", () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: v`);
  assert.equal(Object.keys(Object(parseYaml(keys.join("\n"))[0]?.value)).length, 20_000);
  assert.equal(parseYaml("---\na: 1\n".repeat(1000)).length, 1000);
});

const broken: [string, RegExp][] = [
  ["a: {b: 1, c: {}, b: 2}", /line 1, column 18: a key is given twice/],
  [`a: &a 1\nb: [${"*a, ".repeat(1001)}]`, /too many aliases/],
  ["---\n".repeat(10_001), /too many documents/],
  ["a: 1\na: 2\n", /line 2, column 1: a key is given twice/],
  ["a: [1\nb: 2", /^error parsing YAML: line 2, column 1: /],
  ["a:\n\t- b", /^error parsing YAML: line 2, column 1: /],
  ["a: *nowhere", /^error parsing YAML: Unresolved alias/],
];
for (const [text, message] of broken)
  test(`${JSON.stringify(text.slice(0, 40))} is refused with its place`, () => {
    assert.throws(
      () => parseYaml(text),
      (error) => isStatusError(error, "BadRequest") && message.test(error.message),
    );
  });

test("a small file does not become a large object", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++)
    lines.push(`a${level}: &a${level} [${new Array(10).fill(`*a${level - 1}`).join(", ")}]`);
  assert.throws(
    () => parseYaml(lines.join("\n")),
    (error) => isStatusError(error, "BadRequest"),
  );
});

test("a key named like the prototype is a key", () => {
  const [value] = values("__proto__:\n  a: 1\n");
  assert.equal(JSON.stringify(value), '{"__proto__":{"a":1}}');
});

test("what is written reads back", () => {
  const key = fc.string({ maxLength: 8 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("yes", "on", "null", "1e3", "0644", "2026-01-01", "a: b", "", "- x", "line\nline\n"),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), (object) =>
      assert.deepEqual(values(formatYaml(object)), [object]),
    ),
  );
});

test("a key that would merge maps is written as text", () => {
  const object = { "<<": { a: 1 }, b: [{ "<<": false }, "<<"] };
  assert.equal(formatYaml(object), '"<<":\n  a: 1\nb:\n- "<<": false\n- "<<"\n');
  assert.deepEqual(values(formatYaml(object)), [object]);
});

test("lists are not indented and keys are in order", () => {
  assert.equal(
    formatYaml({ b: [{ z: 1, x: "yes" }], a: "2026-01-01T00:00:00Z" }),
    'a: "2026-01-01T00:00:00Z"\nb:\n- x: "yes"\n  z: 1\n',
  );
});

test("text that is nested without sense is refused", () => {
  for (const text of ["[".repeat(100_000), '{"a":'.repeat(100_000), "- ".repeat(100_000)])
    assert.throws(() => parseYaml(text), /exceeded max depth/);
  assert.equal(values("[".repeat(50) + "]".repeat(50)).length, 1);
});
