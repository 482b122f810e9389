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

const ports = [{ port: 80 }];
const address = "10.96.9.9";
const addressKey = `/registry/networking.k8s.io/ipaddresses/${address}`;

test("an address that a crash left without its service is given back after a while, and not before", () =>
  withStore(async (store) => {
    const clock = new SimulatedClock();
    const first = await startTestApiserver({ store, clock });
    const { services } = first.client().core.v1;
    const metadata = { name: "web", namespace: "default" };
    await services.create({ metadata, spec: { ports, clusterIP: address } });
    const left = (await store.get(addressKey))!;
    await services.delete("web", { namespace: "default" });
    await store.create(addressKey, left.value);
    await first.close();
    const second = await startTestApiserver({ store, clock });
    const other = { metadata: { name: "other", namespace: "default" }, spec: { ports, clusterIP: address } };
    await assert.rejects(second.client().core.v1.services.create(other), { message: /already allocated/ });
    await eventually(async () => {
      await clock.advance(3 * minuteMs);
      return (await second.client().core.v1.services.create(other)).spec?.clusterIP === address;
    });
    await second.close();
  }));

test("an address of a service that nothing is known of is taken again at the start, and while the server runs", () =>
  withStore(async (store) => {
    const first = await startTestApiserver({ store });
    const metadata = { name: "kept", namespace: "default" };
    await first.client().core.v1.services.create({ metadata, spec: { ports, clusterIP: address } });
    await first.close();
    await store.delete(addressKey, (await store.get(addressKey))!.revision);
    const second = await startTestApiserver({ store });
    const { ipaddresses } = second.client().networking.v1;
    const found = await ipaddresses.get(address);
    assert.deepEqual(found.spec?.parentRef, { resource: "services", ...metadata });
    await ipaddresses.delete(address);
    await eventually(async () => (await ipaddresses.get(address)).metadata?.uid !== found.metadata?.uid);
    const { labels } = await ipaddresses
      .patch(address, { metadata: { labels: null } })
      .then(({ metadata = {} }) => metadata);
    assert.equal(labels, undefined);
    await eventually(async () => (await ipaddresses.get(address)).metadata?.labels !== undefined);
    const events = await eventually(async () => {
      const { items } = await second.client().core.v1.events.list({ namespace: "default" });
      return items.length > 0 && items;
    });
    assert.deepEqual([events[0]?.reason, events[0]?.involvedObject?.name], ["ClusterIPNotAllocated", "kept"]);
    await second.close();
  }));
