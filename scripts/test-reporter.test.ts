import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const reporter = join(import.meta.dirname, "test-reporter.js");
const imports = 'import { before, describe, test } from "node:test";\n';

/** Runs a file of tests as `npm test` does. */
function report(source: string, ...flags: string[]): { output: string; status: number | null } {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-reporter-"));
  try {
    const file = join(directory, "sample.test.mjs");
    writeFileSync(file, imports + source);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ["--test", `--test-reporter=${reporter}`, ...flags, file];
    const { stdout, status } = spawnSync(process.execPath, args, { env, cwd: directory, encoding: "utf8" });
    return { output: stdout, status };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("what passes is counted and not printed", () => {
  const { output, status } = report('test("a", () => {}); describe("group", () => { test("b", () => {}); });');
  assert.equal(output, "2 passed, 0 failed, 0 skipped\n");
  assert.equal(status, 0);
});

test("a failing test is printed with its error and makes the run fail", () => {
  const { output, status } = report('test("a", () => { throw new Error("boom"); }); test("b", () => {});');
  assert.match(output, /^FAIL sample\.test\.mjs: a\nError: boom\n {4}at /);
  assert.match(output, /\n1 passed, 1 failed, 0 skipped\n$/);
  assert.equal(status, 1);
});

test("a failure inside a group or another test is counted once", () => {
  const inner = 'test("inner", () => { throw new Error("boom"); });';
  for (const source of [
    `describe("group", () => { ${inner} });`,
    `test("outer", async (t) => { await t.${inner} });`,
  ]) {
    const { output, status } = report(source);
    assert.match(output, /FAIL sample\.test\.mjs: inner\n/);
    assert.match(output, / 1 failed, 0 skipped\n$/);
    assert.equal(status, 1);
  }
});

test("a skip is printed with its reason", () => {
  const { output, status } = report('test("a", { skip: "no etcd here" }, () => {});');
  assert.equal(output, "skip sample.test.mjs: a: no etcd here\n0 passed, 0 failed, 1 skipped\n");
  assert.equal(status, 0);
});

test("a group whose preparation fails says why", () => {
  const { output } = report(
    'describe("group", () => { before(() => { throw new Error("boom"); }); test("a", () => {}); });',
  );
  assert.match(output, /FAIL sample\.test\.mjs: group\nError: boom/);
});

test("a file that cannot be loaded, or ends the process, fails with what it wrote", () => {
  for (const [source, shown] of [
    ["this is no program", /ended with exit code 1\n[\s\S]*SyntaxError/],
    ['console.error("last words"); process.exit(3);', /ended with exit code 3\nlast words/],
  ] as const) {
    const { output, status } = report(source);
    assert.match(output, shown);
    assert.match(output, /\n0 passed, 1 failed, 0 skipped\n$/);
    assert.equal(status, 1);
  }
});

test("a file that hangs is ended, and named with what it wrote", () => {
  const source =
    'console.error("last words"); test("a", () => new Promise((resolve) => setTimeout(resolve, 600_000)));';
  const { output, status } = report(source, "--test-timeout=3000");
  assert.match(output, /^FAIL sample\.test\.mjs: test timed out after 3000ms\n/);
  assert.match(output, /\n0 passed, 1 failed, 0 skipped\n$/);
  assert.equal(status, 1);
});

test("a rejection that nobody waited for is told", () => {
  const late = 'setTimeout(() => Promise.reject(new Error("late boom")), 1);';
  const { output, status } = report(
    `test("a", () => { ${late} }); test("b", () => new Promise((resolve) => setTimeout(resolve, 50)));`,
  );
  assert.match(output, /late boom/);
  assert.equal(status, 1);
});
