/**
 * `npm test`: on a bare checkout, installs and builds, then runs the checks, the unit tests and the tests of the whole
 * system, in this order. `--long` runs what takes longer instead. Arguments name test files to run alone.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";

const args = process.argv.slice(2);
const long = args.includes("--long");
const named = args.filter((arg) => !arg.startsWith("--"));

installDependencies();
await buildIfStale();

const units = ["lib", "services", "clients", "scripts"].flatMap((folder) => testFiles(folder));
const system = testFiles("k8s-tests").filter((file) => file.endsWith(".long.test.ts") === long);

if (named.length > 0) runTests(named, 1);
else if (long) runTests(system, 1);
else {
  step("npm run check", process.execPath, ["scripts/check.js"]);
  // Much of their time tests wait: more than one for each core keeps the cores busy.
  runTests(units, 3);
  runTests(system, 2);
}

function testFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

function runTests(files, concurrency) {
  if (files.length === 0) return;
  step(`${files.length} test files`, process.execPath, [
    "--import",
    "tsx",
    "--test",
    `--test-concurrency=${concurrency}`,
    // One that hangs is named, rather than the whole run ended from outside.
    `--test-timeout=${(long ? 120 : 10) * 60_000}`,
    "--test-reporter=./scripts/test-reporter.js",
    ...files,
  ]);
}

function step(name, command, commandArgs) {
  const start = performance.now();
  console.log(`— ${name}`);
  const { status } = spawnSync(command, commandArgs, { cwd: root, stdio: "inherit" });
  console.log(
    `— ${name}: ${status === 0 ? "passed" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
  if (status !== 0) process.exit(1);
}
