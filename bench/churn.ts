/**
 * The watch cache and an informer hold 10,000 pods through 100,000 updates: their heap, after garbage collection, must not grow.
 * Usage: node --expose-gc churn.ts [pods] [updates]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInformer } from "../clients/sdk/index.ts";
import type { Pod } from "../gen/typernetes/core/v1/pod.ts";
import { createClient } from "../lib/client/create-client.ts";
import { silentLogger } from "../lib/observe/logger.ts";
import { openEmbeddedStore } from "../lib/storage/embedded/embedded-store.ts";
import { startApiserver } from "../services/apiserver/service.ts";
import { record } from "./support/record.ts";

const podCount = Number(process.argv[2] ?? 10_000);
const updateCount = Number(process.argv[3] ?? 100_000);
const lanes = 32;
const inDefault = { namespace: "default" };

const directory = mkdtempSync(join(tmpdir(), "typernetes-bench-"));
const store = await openEmbeddedStore({ directory });
const apiserver = await startApiserver(
  { store, logger: silentLogger },
  { disableAdmissionPlugins: ["ServiceAccount"] },
);
const { pods } = createClient(apiserver.transportFor({ user: "kubernetes-admin", groups: ["system:masters"] })).core.v1;
const informer = createInformer(pods, { selector: inDefault });
try {
  await inLanes(podCount, (index) => pods.create(podOf(index)));
  informer.start();
  await informer.waitForSync();
  // The first round fills what is kept of recent changes.
  await churn(0, 2 * podCount);
  const before = await heapMb();
  await churn(1, updateCount);
  const after = await heapMb();
  record("churn", [
    { what: `heap with ${podCount} pods in watch cache and informer`, value: before, unit: "MB" },
    { what: `heap after ${updateCount} updates more`, value: after, unit: "MB" },
    { what: "growth", value: after / before, unit: "times", goal: 1.05 },
  ]);
} finally {
  await informer.stop();
  await apiserver.close();
  await store.close();
  rmSync(directory, { recursive: true });
}

function podOf(index: number): Pod {
  const resources = { requests: { cpu: "100m", memory: "128Mi" } };
  const env = Array.from({ length: 8 }, (_, number) => ({ name: `VARIABLE_${number}`, value: `value of ${number}` }));
  return {
    metadata: { name: `pod-${index}`, namespace: "default", labels: { app: `app-${index % 100}` } },
    spec: { nodeName: `node-${index % 50}`, containers: [{ name: "main", image: "example:1", env, resources }] },
  };
}

/** Updates all pods in turn, and waits until the informer has the last of it. */
async function churn(round: number, updates: number): Promise<void> {
  await inLanes(updates, (index) => pods.patch(`pod-${index % podCount}`, labelled(`${round}-${index}`), inDefault));
  await waitFor(
    () =>
      informer.lister.get("default", `pod-${(updates - 1) % podCount}`)?.metadata?.labels?.turn ===
      `${round}-${updates - 1}`,
  );
}

function labelled(turn: string): object {
  return { metadata: { labels: { turn } } };
}

async function inLanes(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function waitFor(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the informer did not get every update within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function heapMb(): Promise<number> {
  // What is freed at the end of a turn is collected only in the next one.
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed / 1e6;
}
