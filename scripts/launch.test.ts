import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const launcher = join(import.meta.dirname, "../bin/launch.js");

/** A folder with a program in it. */
function bundle(context: TestContext, source: string) {
  const folder = mkdtempSync(join(tmpdir(), "typernetes-launch-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "program.cjs");
  writeFileSync(file, source);
  const run = () => {
    const code = `import { runCompiled } from ${JSON.stringify(launcher)}; runCompiled(${JSON.stringify(file)});`;
    return execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).trim();
  };
  const codes = () => readdirSync(folder).filter((name) => name.endsWith(".code"));
  return { folder, file, run, codes };
}

test("a program runs the same with and without its compiled code", (context) => {
  const source =
    'const { basename } = require("node:path"); console.log(basename(__filename), typeof exports, this === exports);';
  const { run, codes, folder } = bundle(context, source);
  assert.equal(run(), "program.cjs object true");
  const [code = ""] = codes();
  const { mtimeMs } = statSync(join(folder, code));
  assert.equal(run(), "program.cjs object true");
  assert.deepEqual(codes(), [code]);
  assert.equal(statSync(join(folder, code)).mtimeMs, mtimeMs);
});

test("compiled code is never used for another program, even of the same length", (context) => {
  const { file, run } = bundle(context, 'console.log("first!");');
  assert.equal(run(), "first!");
  writeFileSync(file, 'console.log("second");');
  utimesSync(file, new Date(), new Date(Date.now() + 60_000));
  assert.equal(run(), "second");
});

test("compiled code that is broken is replaced", (context) => {
  const { folder, run, codes } = bundle(context, 'console.log("well");');
  run();
  const path = join(folder, codes()[0] ?? "");
  const good = readFileSync(path);
  writeFileSync(path, "broken");
  assert.equal(run(), "well");
  assert.equal(readFileSync(path).length, good.length);
});
