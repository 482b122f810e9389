import { relative } from "node:path";
import { builtTest, processorSeconds } from "./built-tests.js";
import { sourceFile, withSourcePositions } from "./source-positions.js";

/** What a file wrote is kept up to this many characters, for the case that it fails as a whole. */
const outputCharsMax = 8000;
const slowMs = 5000;
const slowestFiles = 15;

/** Prints every failure in full, every skip with its reason, every slow test, the slowest of many files, and the counts last. */
export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const outputs = new Map();
  const milliseconds = new Map();
  for await (const { type, data } of source) {
    if (type === "test:complete" && data.name === data.file) milliseconds.set(data.file, data.details.duration_ms);
    if (type === "test:stdout" || type === "test:stderr") keepOutput(outputs, data.file, data.message);
    // Such as a rejection that nobody waited for; the others are counts.
    if (type === "test:diagnostic" && /^(Error|Warning)/.test(data.message))
      yield withSourcePositions(`${data.message}\n`);
    if (type === "test:fail") yield withSourcePositions(failure(data, outputs, counts));
    if (type === "test:pass" && !isGroup(data)) yield success(data, counts);
  }
  if (milliseconds.size > slowestFiles) yield* slowest(milliseconds);
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function keepOutput(outputs, file, message) {
  outputs.set(file, ((outputs.get(file) ?? "") + message).slice(-outputCharsMax));
}

/** Whether this is no test, but what tests are in. */
function isGroup(data) {
  return data.details?.type === "suite" || isFile(data);
}

function isFile({ name, nesting, file }) {
  return nesting === 0 && file !== undefined && (name === file || name === relative(process.cwd(), file));
}

/** The source that a test is in. */
function fileOf({ file, line, column }) {
  return file ? (builtTest(file)?.file ?? sourceFile(file, line, column)) : "";
}

function success(data, counts) {
  const { name, nesting, skip, details } = data;
  if (skip !== undefined) {
    counts.skipped++;
    return `skip ${fileOf(data)}: ${name}: ${skip}\n`;
  }
  counts.passed++;
  const isSlow = nesting === 0 && details.duration_ms > slowMs;
  return isSlow ? `slow ${fileOf(data)}: ${name} (${seconds(details.duration_ms)})\n` : "";
}

function* slowest(milliseconds) {
  const files = [...milliseconds].sort(([, a], [, b]) => b - a).slice(0, slowestFiles);
  for (const [path, duration] of files) {
    const { folder, file } = builtTest(path) ?? { file: relative(process.cwd(), path) };
    const used = folder && processorSeconds(folder).get(file);
    yield `slowest: ${seconds(duration)}${used === undefined ? "" : `, of the processor ${used.toFixed(1)} s`}: ${file}\n`;
  }
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

function failure(data, outputs, counts) {
  const error = data.details?.error;
  if (error?.failureType === "subtestsFailed") return "";
  counts.failed++;
  const file = fileOf(data);
  const { cause } = error ?? {};
  if (isFile(data)) {
    const end = error?.signal ? `signal ${error.signal}` : `exit code ${error?.exitCode}`;
    const isLate = error?.failureType === "testTimeoutFailure";
    return `FAIL ${file}: ${isLate ? error.message : `ended with ${end}`}\n${outputs.get(data.file) ?? ""}\n`;
  }
  return `FAIL ${file}: ${data.name}\n${cause?.stack ?? cause ?? error?.message ?? "failed"}\n`;
}
