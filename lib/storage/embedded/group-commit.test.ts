import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { openEmbeddedStore } from "./embedded-store.ts";

const value = Buffer.from("value");

test("writers that come one turn after the other share a flush", async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-store-"));
  const store = await openEmbeddedStore({ directory });
  context.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  // However slow the machine is.
  context.mock.method(performance, "now", () => 0);
  const durable: string[] = [];
  const writes: Promise<unknown>[] = [];
  for (const key of ["a", "b", "c"]) {
    writes.push(store.create(`/${key}`, value).then(() => durable.push(key)));
    await turn();
  }
  await writes[0];
  await Promise.resolve();
  assert.deepEqual(durable, ["a", "b", "c"]);
  await Promise.all(writes);
});
