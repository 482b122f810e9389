/**
 * The scheduler on plain Node objects: how fast pods that wait when it starts are bound, apiserver and embedded store in the
 * same process, for plain pods and for those that want to be apart, spread or together; and what choosing a node costs by
 * itself, at several sizes of the cluster.
 * Usage: scheduler.ts [runs]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "../gen/typernetes/core/v1/node.ts";
import type { Pod, PodSpec } from "../gen/typernetes/core/v1/pod.ts";
import { systemClock } from "../lib/base/clock.ts";
import type { Client } from "../lib/client/client.ts";
import { createClient } from "../lib/client/create-client.ts";
import { createInformer } from "../lib/client/create-informer.ts";
import { silentLogger } from "../lib/observe/logger.ts";
import { openEmbeddedStore } from "../lib/storage/embedded/embedded-store.ts";
import { startApiserver } from "../services/apiserver/service.ts";
import { selectNode } from "../services/scheduler/cycle/select-node.ts";
import { plugins } from "../services/scheduler/plugins/list.ts";
import { startScheduler } from "../services/scheduler/service.ts";
import { podInfo } from "../services/scheduler/snapshot/pod-info.ts";
import { Snapshot } from "../services/scheduler/snapshot/snapshot.ts";
import { type Figure, median, record } from "./support/record.ts";

const runs = Number(process.argv[2] ?? 3);
/** Kubernetes 1.20 binds 174 plain pods per second on 1,000 nodes here, 213 on 6,000. */
const cases: { nodes: number; pods: number; kind: Kind; goal: number; runs: number }[] = [
  { nodes: 1000, pods: 5000, kind: "plain", goal: 1500, runs },
  { nodes: 5000, pods: 10_000, kind: "plain", goal: 1000, runs: 1 },
  { nodes: 5000, pods: 2000, kind: "apart", goal: 300, runs: 1 },
  { nodes: 5000, pods: 2000, kind: "spread", goal: 300, runs: 1 },
  { nodes: 5000, pods: 2000, kind: "together if possible", goal: 300, runs: 1 },
];
const bindMsMax = 300_000;
const writers = 64;
const namespace = "default";

const figures: Figure[] = [100, 1000, 5000].map((nodes) => ({
  what: `choosing a node among ${nodes}, per pod`,
  value: median(Array.from({ length: runs }, () => cycleMicros(nodes))),
  unit: "µs",
}));

for (const { nodes, pods, kind, goal, runs: rounds } of cases) {
  const bound: number[] = [];
  for (let run = 0; run < rounds; run++) bound.push(await bindMicros(nodes, pods, kind));
  const value = median(bound);
  const what = `${nodes} nodes, ${pods} waiting pods, ${kind}: until bound, per pod`;
  console.log(`${nodes} nodes, ${pods} waiting pods, ${kind}: ${Math.round(1e6 / value)} pods/s until all are bound`);
  figures.push({ what, value, unit: "µs", goal: Number((1e6 / goal).toFixed(0)) });
}
record("scheduler", figures);

function nodeOf(index: number): Node {
  return {
    metadata: {
      name: `node-${index}`,
      labels: { "kubernetes.io/hostname": `node-${index}`, "topology.kubernetes.io/zone": `zone-${index % 3}` },
    },
    status: {
      allocatable: { cpu: "32", memory: "64Gi", pods: "110" },
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

/** What pods want of where others are. */
type Kind = "plain" | "apart" | "spread" | "together if possible";

function wishesOf(kind: Kind, app: string): PodSpec {
  const labelSelector = { matchLabels: { app } };
  const topologyKey = kind === "apart" ? "kubernetes.io/hostname" : "topology.kubernetes.io/zone";
  const term = { topologyKey, labelSelector };
  switch (kind) {
    case "plain":
      return {};
    case "apart":
      return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
    case "spread":
      return { topologySpreadConstraints: [{ ...term, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" }] };
    case "together if possible": {
      const preferred = [{ weight: 10, podAffinityTerm: term }];
      return { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } };
    }
  }
}

/** A pod of one of a hundred replica sets. */
function podOf(index: number, kind: Kind = "plain"): Pod {
  const owner = `set-${index % 100}`;
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner, controller: true }];
  const requests = { cpu: "100m", memory: "128Mi" };
  return {
    metadata: { name: `pod-${index}`, namespace, labels: { app: owner }, ownerReferences },
    spec: {
      containers: [{ name: "main", image: "registry.example/app:1", resources: { requests } }],
      ...wishesOf(kind, owner),
    },
  };
}

/** Microseconds per pod of filtering, scoring and reserving alone. */
function cycleMicros(nodes: number): number {
  const snapshot = new Snapshot();
  for (let index = 0; index < nodes; index++) snapshot.putNode(nodeOf(index));
  const pods = Array.from({ length: 3000 }, (_, index) => {
    const { metadata, ...pod } = podOf(index);
    return podInfo({ ...pod, metadata: { ...metadata, uid: `uid-${index}` } });
  });
  const search = { start: 0, random: Math.random };
  const started = performance.now();
  for (const pod of pods) {
    const selection = selectNode(pod, snapshot, plugins, search);
    if (!selection.fits) throw new Error("the nodes of the benchmark are too small");
    snapshot.placePod(pod, snapshot.entry(selection.node).name);
  }
  return ((performance.now() - started) * 1000) / pods.length;
}

/** Microseconds per pod from the scheduler's start to the last binding, as a client sees it. */
async function bindMicros(nodeCount: number, podCount: number, kind: Kind): Promise<number> {
  // Beside the results, so that it is a disk and not memory that is written to.
  const directory = mkdtempSync(join(import.meta.dirname, "..", ".bench-scheduler-"));
  const store = await openEmbeddedStore({ directory });
  const apiserver = await startApiserver(
    { store, logger: silentLogger },
    { disableAdmissionPlugins: ["ServiceAccount"] },
  );
  const client = createClient(apiserver.transportFor({ user: "kubernetes-admin", groups: ["system:masters"] }));
  try {
    await forAll(nodeCount, (index) => client.core.v1.nodes.create(nodeOf(index)));
    await forAll(podCount, (index) => client.core.v1.pods.create(podOf(index, kind)));
    return ((await scheduleAll(client, podCount)) * 1000) / podCount;
  } finally {
    await apiserver.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function scheduleAll(client: Client, podCount: number): Promise<number> {
  const started = performance.now();
  const deps = { client, clock: systemClock, random: Math.random, logger: silentLogger };
  const scheduler = startScheduler(deps, { leaderElect: false, identity: "bench" });
  const informer = createInformer(client.core.v1.pods);
  const left = new Set(Array.from({ length: podCount }, (_, index) => `pod-${index}`));
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${left.size} pods are not bound`)), bindMsMax);
      const note = ({ metadata, spec }: Pod) => {
        if (!spec?.nodeName || !left.delete(metadata?.name ?? "") || left.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
      informer.addHandler({ added: note, updated: (_, pod) => note(pod) });
      informer.start();
    });
    return performance.now() - started;
  } finally {
    await informer.stop();
    await scheduler.stop();
  }
}

async function forAll(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: writers }, worker));
}
