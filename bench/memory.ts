/**
 * The memory of a large cluster: apiserver, on the embedded store, and scheduler, each a process of its own as it is
 * installed, with pods that run on their nodes; after both have settled, and at the most on the way there.
 * Usage: memory.ts [nodes] [pods] [seconds to settle]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resourceByMessage } from "../lib/api/resource-info.ts";
import { createClient } from "../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../lib/client/kubeconfig.ts";
import { openEmbeddedStore } from "../lib/storage/embedded/embedded-store.ts";
import { largeNode, largePod } from "./support/large-cluster.ts";
import { memoryOf, startService } from "./support/program.ts";
import { record } from "./support/record.ts";

const nodes = Number(process.argv[2] ?? 5000);
const pods = Number(process.argv[3] ?? 150_000);
const settleMs = Number(process.argv[4] ?? 30) * 1000;
const syncMsMax = 300_000;
const writesAtOnce = 2000;

// Beside the results, so that it is a disk and not memory that is written to.
const dataDir = mkdtempSync(join(import.meta.dirname, "..", ".bench-memory-"));
try {
  await measure();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const stored = await fill();
  const apiserver = await startService("apiserver", "--data-dir", dataDir, "--bind-address", "127.0.0.1");
  try {
    await sleep(settleMs);
    const alone = memoryOf(apiserver.pid);
    const started = performance.now();
    const scheduler = await startService("scheduler", "--kubeconfig", join(dataDir, "kubeconfigs/scheduler"));
    try {
      const syncMs = await untilBound(started);
      await sleep(settleMs);
      report({ stored, alone, syncMs, server: memoryOf(apiserver.pid), scheduler: memoryOf(scheduler.pid) });
    } finally {
      await scheduler.stop();
    }
  } finally {
    await apiserver.stop();
  }
}

interface Measured {
  stored: number;
  syncMs: number;
  alone: ReturnType<typeof memoryOf>;
  server: ReturnType<typeof memoryOf>;
  scheduler: ReturnType<typeof memoryOf>;
}

function report({ stored, alone, syncMs, server, scheduler }: Measured): void {
  const cluster = `${nodes} nodes, ${pods} pods`;
  const mb = (what: string, value: number) => ({ what: `${cluster}: ${what}`, value, unit: "MB" });
  record("memory", [
    { what: `${cluster}: bytes of a pod in the store`, value: stored, unit: "bytes" },
    { ...mb("apiserver and scheduler, resident", server.residentMb + scheduler.residentMb), goal: 1500 },
    mb("apiserver before the scheduler came, resident", alone.residentMb),
    mb("apiserver, resident", server.residentMb),
    mb("of that, pages of the store's file", server.fileMb),
    mb("apiserver, at the most", server.peakMb),
    mb("scheduler, resident", scheduler.residentMb),
    mb("scheduler, at the most", scheduler.peakMb),
    { what: `${cluster}: from the scheduler's start to its first binding`, value: syncMs / 1000, unit: "s" },
  ]);
}

/** Writes the cluster into the store, with one pod that waits; answers the mean size of a pod. */
async function fill(): Promise<number> {
  const store = await openEmbeddedStore({ directory: join(dataDir, "store") });
  const [node, pod] = [resourceByMessage("core.v1.Node"), resourceByMessage("core.v1.Pod")];
  let bytes = 0;
  await forEach(nodes, (index) => {
    const object = largeNode(index);
    return store.create(`${node.storagePrefix}${object.metadata?.name}`, node.codec.encode(object).finish());
  });
  await forEach(pods, (index) => {
    const object = largePod(index, nodes);
    const value = pod.codec.encode(object).finish();
    bytes += value.length;
    return store.create(`${pod.storagePrefix}${object.metadata?.namespace}/${object.metadata?.name}`, value);
  });
  const { metadata, spec } = largePod(pods, nodes);
  const waiting = { metadata: { ...metadata, name: "waiting", namespace: "default" }, spec: { ...spec, nodeName: "" } };
  await store.create(`${pod.storagePrefix}default/waiting`, pod.codec.encode(waiting).finish());
  // As in a cluster that has been there for a while: there is no more history than is kept.
  await store.compact(await store.currentRevision());
  await store.close();
  return bytes / pods;
}

/** Milliseconds since `started` until the pod that waits has a node: then the scheduler knows all others. */
async function untilBound(started: number): Promise<number> {
  const transport = await connectFromKubeconfig(join(dataDir, "kubeconfig"));
  const { pods } = createClient(transport).core.v1;
  try {
    while (!(await pods.get("waiting", { namespace: "default" })).spec?.nodeName) {
      if (performance.now() - started > syncMsMax) throw new Error("the scheduler did not bind the pod that waits");
      await sleep(100);
    }
    return performance.now() - started;
  } finally {
    await transport.close();
  }
}

async function forEach(count: number, write: (index: number) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < count; first += writesAtOnce) {
    const some = Array.from({ length: Math.min(writesAtOnce, count - first) }, (_, offset) => write(first + offset));
    await Promise.all(some);
  }
}
