/**
 * `npm test`: on a bare checkout, installs and builds, then runs the checks, the unit tests and the tests of the whole
 * system, in this order. `--long` runs what takes longer instead. Arguments name test files to run alone.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "node:test";
import { buildIfStale } from "./build.js";
import { installDependencies, root } from "./install.js";
import { bundleTests } from "./test-bundle.js";
import report from "./test-reporter.js";

const args = process.argv.slice(2);
const long = args.includes("--long");
const named = args.filter((arg) => !arg.startsWith("--")).map((file) => relative(root, resolve(file)));

process.chdir(root);
// What is to be left clean at the exit is so then, too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

installDependencies();
await buildIfStale();

const units = ["lib", "services", "clients", "scripts"].flatMap((folder) => testFiles(folder));
const system = testFiles("k8s-tests")
  .filter((file) => file.endsWith(".long.test.ts") === long)
  .sort((a, b) => Number(waitsLong(b)) - Number(waitsLong(a)));

if (named.length > 0) await runTests(await built(named), 1);
else if (long) await runTests(await built(system), 1);
else {
  await step("npm run check", async () => {
    const { status } = spawnSync(process.execPath, ["scripts/check.js"], { cwd: root, stdio: "inherit" });
    return status === 0;
  });
  const files = await built([...units, ...system]);
  // Much of their time tests wait: more than one for each core keeps the cores busy.
  await runTests(files.slice(0, units.length), 4);
  await runTests(files.slice(units.length), 3);
}

async function built(files) {
  const start = performance.now();
  try {
    const paths = await bundleTests(files);
    console.log(`— ${files.length} test files bundled in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return paths;
  } catch (error) {
    console.log(`— bundling the tests: FAILED: ${error.message}`);
    process.exit(1);
  }
}

/** For what controllers do once in a minute: these start first, so that the cores do not idle in the end. */
function waitsLong(file) {
  return file.startsWith("k8s-tests/workloads/");
}

function testFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

async function runTests(files, concurrency) {
  if (files.length === 0) return;
  await step(`${files.length} test files`, async () => {
    // One that hangs is named, rather than the whole run ended from outside.
    const events = run({ files, concurrency, timeout: (long ? 120 : 10) * 60_000 });
    let passed = true;
    events.on("test:fail", () => {
      passed = false;
    });
    for await (const text of events.compose(report)) process.stdout.write(text);
    return passed;
  });
}

/** Ends the whole run when it fails. */
async function step(name, work) {
  const start = performance.now();
  console.log(`— ${name}`);
  const passed = await work();
  console.log(`— ${name}: ${passed ? "passed" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (!passed) process.exit(1);
}
