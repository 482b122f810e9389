import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { clusterRanges } from "./ranges.ts";

function temporary(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-ranges-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const kernel = (able: boolean) => Promise.resolve({ kernel: able });

test("ranges are chosen once, and differ where the kernel cannot be programmed", async (context) => {
  const directory = temporary(context);
  const chosen = await clusterRanges(directory, kernel(true));
  assert.match(chosen.pods, /^10\.\d+\.0\.0\/16$/);
  assert.match(chosen.services, /^10\.\d+\.0\.0\/16$/);
  assert.deepEqual(await clusterRanges(directory, kernel(true)), chosen);
  const loopback = await clusterRanges(directory, kernel(false));
  for (const range of Object.values(loopback)) assert.match(range, /^127\./);
});

for (const text of ["{", "{}", '{"pods": "10.244.0.0/16"}']) {
  test(`a file of ranges that holds ${text} says what to do`, async (context) => {
    const directory = temporary(context);
    writeFileSync(join(directory, "ranges.json"), text);
    await assert.rejects(clusterRanges(directory, kernel(true)), { message: /ranges\.json is damaged: remove it/ });
  });
}
