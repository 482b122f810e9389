import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { openEmbeddedStore } from "../../../lib/storage/embedded/embedded-store.ts";
import type { Store } from "../../../lib/storage/store.ts";
import { startTestApiserver } from "../test-harness.ts";
import { RangeAllocator } from "./range-allocator.ts";

const minuteMs = 60_000;

async function withStore(run: (store: Store) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-ranges-"));
  const store = await openEmbeddedStore({ directory });
  try {
    await run(store);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

function allocatorOf(store: Store, size: number): RangeAllocator {
  const options = { key: "/registry/ranges/test", range: `0-${size}`, size, reservedSize: 2, random: Math.random };
  return new RangeAllocator(store, options);
}

test("a range is handed out to its end, and what comes back is handed out again", () =>
  withStore(async (store) => {
    const allocator = allocatorOf(store, 10);
    const taken = await Promise.all(Array.from({ length: 10 }, () => allocator.allocate()));
    assert.equal(new Set(taken).size, 10);
    await assert.rejects(allocator.allocate(), { code: "Full" });
    await assert.rejects(allocator.allocate(10), { code: "OutOfRange" });
    await allocator.release(7);
    assert.equal(await allocator.allocate(), 7);
  }));

test("two allocators of one range never hand out the same number", () =>
  withStore(async (store) => {
    const allocators = [allocatorOf(store, 100), allocatorOf(store, 100)];
    const taken = await Promise.all(Array.from({ length: 100 }, (_, i) => allocators[i % 2]!.allocate()));
    assert.equal(new Set(taken).size, 100);
    const [first, second] = await Promise.allSettled(allocators.map((allocator) => allocator.release(3)));
    assert.deepEqual([first?.status, second?.status], ["fulfilled", "fulfilled"]);
    const again = await Promise.allSettled(allocators.map((allocator) => allocator.allocate(3)));
    assert.equal(again.filter(({ status }) => status === "fulfilled").length, 1);
  }));

test("what no service holds is given back after a while, and what one holds is taken again", () =>
  withStore(async (store) => {
    const clock = new SimulatedClock();
    const address = "10.96.9.9";
    const spec = { ports: [{ port: 80 }] };
    const first = await startTestApiserver({ store });
    await first.client().core.v1.services.create({
      metadata: { name: "kept", namespace: "default" },
      spec: { ...spec, clusterIP: address },
    });
    await first.close();
    const ranges = (await store.get("/registry/ranges/serviceips"))!;
    const leaked = Buffer.from(ranges.value);
    await store.delete(ranges.key, ranges.revision);
    const server = await startTestApiserver({ store, clock });
    const { services } = server.client().core.v1;
    const other = { metadata: { name: "other", namespace: "default" }, spec: { ...spec, clusterIP: address } };
    await assert.rejects(services.create(other), { reason: "Invalid", message: /already allocated/ });
    await services.delete("kept", { namespace: "default" });
    const current = (await store.get("/registry/ranges/serviceips"))!;
    await store.update(current.key, leaked, current.revision);
    await server.close();
    const third = await startTestApiserver({ store, clock });
    await assert.rejects(third.client().core.v1.services.create(other), { message: /already allocated/ });
    await eventually(async () => {
      await clock.advance(3 * minuteMs);
      return (await third.client().core.v1.services.create(other)).spec?.clusterIP === address;
    });
    await third.close();
  }));
