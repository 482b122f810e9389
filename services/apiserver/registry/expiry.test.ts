import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { openEmbeddedStore } from "../../../lib/storage/embedded/embedded-store.ts";
import { startTestApiserver } from "../test-harness.ts";

test("events are gone after an hour", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-expiry-"));
  const clock = new SimulatedClock();
  const store = await openEmbeddedStore({ directory, clock });
  const server = await startTestApiserver({ store });
  try {
    const { events } = server.client().core.v1;
    const involvedObject = { kind: "Pod", namespace: "default", name: "p" };
    const event = { metadata: { name: "e", namespace: "default" }, involvedObject, reason: "Started", type: "Normal" };
    const made = await events.create(event);
    await clock.advance(59 * 60_000);
    assert.equal((await events.list({ namespace: "default" })).items.length, 1);
    const watch = events.watch({ namespace: "default", resourceVersion: made.metadata?.resourceVersion });
    const first = watch[Symbol.asyncIterator]();
    const next = first.next();
    await clock.advance(2 * 60_000);
    assert.equal((await next).value?.[0]?.type, "DELETED");
    assert.equal((await events.list({ namespace: "default" })).items.length, 0);
    await first.return?.();
  } finally {
    await server.close();
    await store.close();
    rmSync(directory, { recursive: true });
  }
});
