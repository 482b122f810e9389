/** The folder of test files that test-bundle.js writes: its names, how one of them runs, and what it leaves there. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCompiled } from "../bin/launch.js";

/** The script that holds all tests. */
export const bundleName = "tests.cjs";
const folderPattern = /^\.test-build-(\d+)$/;
const stubPattern = /^(.*\/\.test-build-\d+)\/(.*)\.mjs$/;
const usageName = "processor-seconds";

/** The folder of a process's build, in the root. */
export const folderOf = (pid) => `.test-build-${pid}`;

/** The process that a folder is of; undefined for other folders. */
export function ownerOf(folder) {
  const [, pid] = folderPattern.exec(folder) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** The file in a build that runs a test file. */
export const stubOf = (file) => file.replace(/ts$/, "mjs");

/** The test file that a file in a build runs, and the build's folder; undefined for other files. */
export function builtTest(path) {
  const [, folder, name] = stubPattern.exec(path) ?? [];
  return name === undefined ? undefined : { folder, file: `${name}.ts` };
}

/** Runs one test file of the build that the process was started with. */
export async function runTestFile(file) {
  const folder = process.argv[1].slice(0, -stubOf(file).length);
  process.once("exit", () => appendUsage(join(folder, usageName), file));
  try {
    await runCompiled(join(folder, bundleName), false)[file]();
  } catch (error) {
    // Told here: where tests are registered already, the test runner would leave out the place.
    console.error(error);
    process.exit(1);
  }
}

/** Runs test files, and leaves what was compiled for those that run later. */
export async function keepCompiled(files) {
  const tests = runCompiled(join(dirname(process.argv[1]), bundleName), true);
  for (const file of files) await tests[file]();
}

/** The processor time of each test file that has ended, with its children, in seconds; empty where the system does not tell. */
export function processorSeconds(folder) {
  const path = join(folder, usageName);
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return new Map(lines.map((line) => line.split(" ")).map(([seconds, file]) => [file, Number(seconds)]));
}

const ticksPerSecond = 100;

function appendUsage(path, file) {
  if (!existsSync("/proc/self/stat")) return;
  // Fields 14 to 17 of proc(5), of which two are the process's own name and what is before it.
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ")[1].split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  appendFileSync(path, `${(ticks / ticksPerSecond).toFixed(2)} ${file}\n`);
}
