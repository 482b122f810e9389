import { relative } from "node:path";

/** Prints a line per test file, every failure in full, every skip with its reason, and the counts last. */
export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map();
  for await (const event of source) {
    const { data } = event;
    if (event.type === "test:stdout" || event.type === "test:stderr") continue;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const file = data.file ? relative(process.cwd(), data.file) : "";
    if (data.details?.type === "suite" || (data.nesting === 0 && data.name === file)) {
      if (event.type === "test:fail" && data.name === file) yield failure(file, data, counts);
      continue;
    }
    files.set(file, (files.get(file) ?? 0) + 1);
    if (data.skip !== undefined) {
      counts.skipped++;
      yield `skip ${file}: ${data.name}: ${data.skip}\n`;
    } else if (event.type === "test:pass") counts.passed++;
    else yield failure(file, data, counts);
    if (event.type === "test:pass" && data.nesting === 0 && data.details.duration_ms > 5000) {
      yield `slow ${file}: ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
    }
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function failure(file, data, counts) {
  const error = data.details?.error;
  if (error?.failureType === "subtestsFailed") return "";
  counts.failed++;
  const cause = error?.cause;
  return `FAIL ${file}: ${data.name}\n${cause?.stack ?? cause ?? error?.message ?? "failed"}\n`;
}
