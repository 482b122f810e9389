import { relative } from "node:path";

/** What a file wrote is kept up to this many characters, for the case that it fails as a whole. */
const outputCharsMax = 8000;
const slowMs = 5000;

/** Prints every failure in full, every skip with its reason, every slow test, and the counts last. */
export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const outputs = new Map();
  for await (const { type, data } of source) {
    if (type === "test:stdout" || type === "test:stderr") keepOutput(outputs, data.file, data.message);
    // Such as a rejection that nobody waited for; the others are counts.
    if (type === "test:diagnostic" && /^(Error|Warning)/.test(data.message)) yield `${data.message}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const file = data.file ? relative(process.cwd(), data.file) : "";
    if (type === "test:fail") yield failure(file, data, outputs, counts);
    else if (!isGroup(file, data)) yield success(file, data, counts);
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function keepOutput(outputs, file, message) {
  outputs.set(file, ((outputs.get(file) ?? "") + message).slice(-outputCharsMax));
}

/** Whether this is no test, but what tests are in. */
function isGroup(file, data) {
  return data.details?.type === "suite" || isFile(file, data);
}

function isFile(file, { name, nesting, file: path }) {
  return nesting === 0 && (name === path || name === file);
}

function success(file, { name, nesting, skip, details }, counts) {
  if (skip !== undefined) {
    counts.skipped++;
    return `skip ${file}: ${name}: ${skip}\n`;
  }
  counts.passed++;
  const isSlow = nesting === 0 && details.duration_ms > slowMs;
  return isSlow ? `slow ${file}: ${name} (${(details.duration_ms / 1000).toFixed(1)} s)\n` : "";
}

function failure(file, data, outputs, counts) {
  const error = data.details?.error;
  if (error?.failureType === "subtestsFailed") return "";
  counts.failed++;
  const { cause } = error ?? {};
  if (isFile(file, data)) {
    const end = error?.signal ? `signal ${error.signal}` : `exit code ${error?.exitCode}`;
    const isLate = error?.failureType === "testTimeoutFailure";
    return `FAIL ${file}: ${isLate ? error.message : `ended with ${end}`}\n${outputs.get(data.file) ?? ""}\n`;
  }
  return `FAIL ${file}: ${data.name}\n${cause?.stack ?? cause ?? error?.message ?? "failed"}\n`;
}
