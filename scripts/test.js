/**
 * `npm test`: on a bare checkout, installs and builds, then runs the checks, the unit tests and the tests of the whole
 * system, in this order. `--long` runs what takes longer instead. Arguments name test files to run alone.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";
import { bundleTests } from "./test-bundle.js";

const args = process.argv.slice(2);
const long = args.includes("--long");
const named = args.filter((arg) => !arg.startsWith("--"));

installDependencies();
await buildIfStale();

const units = ["lib", "services", "clients", "scripts"].flatMap((folder) => testFiles(folder));
const system = testFiles("k8s-tests").filter((file) => file.endsWith(".long.test.ts") === long);

if (named.length > 0) runTests(await built(named), 1);
else if (long) runTests(await built(system), 1);
else {
  step("npm run check", process.execPath, ["scripts/check.js"]);
  const files = await built([...units, ...system]);
  // Much of their time tests wait: more than one for each core keeps the cores busy.
  runTests(files.slice(0, units.length), 3);
  runTests(files.slice(units.length), 2);
}

async function built(files) {
  const start = performance.now();
  try {
    const paths = await bundleTests(files.map((file) => relative(root, resolve(file))));
    console.log(`— ${files.length} test files bundled in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return paths;
  } catch (error) {
    console.log(`— bundling the tests: FAILED: ${error.message}`);
    process.exit(1);
  }
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
