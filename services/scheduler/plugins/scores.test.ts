import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ScoringStrategy } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { newNode, newPod, scores, snapshotOf } from "../testing/objects.ts";
import { imageLocality } from "./image-locality.ts";
import { createInterPodAffinity } from "./inter-pod-affinity.ts";
import { createNodeResourcesFit } from "./node-resources-fit.ts";
import { createPodTopologySpread } from "./pod-topology-spread.ts";

const zone = "topology.kubernetes.io/zone";
const nodes = ["a", "b", "c"].map((name) =>
  newNode(name, { metadata: { labels: { [zone]: name === "c" ? "west" : "east" } } }),
);
const interPodAffinity = createInterPodAffinity();

function wishing(name: string, sort: "podAffinity" | "podAntiAffinity", app: string, weight = 10): Pod {
  const podAffinityTerm = { topologyKey: zone, labelSelector: { matchLabels: { app } } };
  return newPod(name, {
    affinity: { [sort]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }] } },
  });
}

test("InterPodAffinity: pods go where those are that they prefer, and away from others", () => {
  const snapshot = snapshotOf(nodes, { c: [newPod("db")] });
  assert.deepEqual(scores(interPodAffinity, wishing("p", "podAffinity", "db"), snapshot), [0, 0, 100]);
  assert.deepEqual(scores(interPodAffinity, wishing("p", "podAntiAffinity", "db"), snapshot), [100, 100, 0]);
  assert.deepEqual(scores(interPodAffinity, newPod("p"), snapshot), []);
});

test("InterPodAffinity: what placed pods prefer counts, too, unless told otherwise", () => {
  const snapshot = snapshotOf(nodes, {
    a: [wishing("x", "podAffinity", "p")],
    c: [wishing("y", "podAntiAffinity", "p")],
  });
  assert.deepEqual(scores(interPodAffinity, newPod("p"), snapshot), [100, 100, 0]);
  const deaf = createInterPodAffinity({ ignorePreferredTermsOfExistingPods: true });
  assert.deepEqual(scores(deaf, newPod("p"), snapshot), []);
});

test("InterPodAffinity: pods that must be with the one to be placed draw it a little", () => {
  const term = { topologyKey: zone, labelSelector: { matchLabels: { app: "p" } } };
  const follower = newPod("f", {
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  });
  const snapshot = snapshotOf(nodes, { c: [follower] });
  assert.deepEqual(scores(interPodAffinity, newPod("p"), snapshot), [0, 0, 100]);
  assert.deepEqual(scores(createInterPodAffinity({ hardPodAffinityWeight: 0 }), newPod("p"), snapshot), []);
});

function spread(topologyKey: string, changes: TopologySpreadConstraint = {}): Pod {
  const labelSelector = { matchLabels: { app: "web" } };
  const soft = { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector };
  return newPod("web", { topologySpreadConstraints: [{ ...soft, ...changes }] });
}

test("PodTopologySpread: soft constraints prefer places with few pods; nodes without the label come last", () => {
  const plugin = createPodTopologySpread();
  const snapshot = snapshotOf([...nodes, newNode("nowhere")], {
    a: [newPod("web"), newPod("web")],
    c: [newPod("web")],
  });
  assert.deepEqual(scores(plugin, spread(zone), snapshot), [33, 33, 100, 0]);
  assert.deepEqual(scores(plugin, spread("kubernetes.io/hostname"), snapshot), [0, 100, 50, 100]);
});

test("PodTopologySpread: soft constraints count pods on nodes where the pod could be, and with taints where told so", () => {
  const plugin = createPodTopologySpread();
  const tainted = newNode("t", {
    metadata: { labels: { [zone]: "west" } },
    spec: { taints: [{ key: "k", effect: "NoSchedule" }] },
  });
  const snapshot = snapshotOf([...nodes, tainted], { t: [newPod("web"), newPod("web")], a: [newPod("web")] });
  const total = (pod: Pod) => scores(plugin, pod, snapshot).slice(0, 3);
  assert.deepEqual(total(spread(zone)), [100, 100, 33]);
  assert.deepEqual(total(spread(zone, { nodeTaintsPolicy: "Honor" })), [0, 0, 100]);
});

test("ImageLocality: nodes that have large images are preferred", () => {
  const withImage = (name: string, sizeBytes: number) => {
    const node = newNode(name);
    return { ...node, status: { ...node.status, images: [{ names: ["i:latest"], sizeBytes }] } };
  };
  const mebibyte = 1024 * 1024;
  const snapshot = snapshotOf([
    withImage("large", 1500 * mebibyte),
    withImage("small", 20 * mebibyte),
    newNode("none"),
  ]);
  assert.deepEqual(scores(imageLocality, newPod("p"), snapshot), [100, 0, 0]);
  snapshot.putNode(newNode("large"));
  assert.deepEqual(scores(imageLocality, newPod("p"), snapshot), [0, 0, 0]);
});

const half = { a: [newPod("o", {}, { cpu: "2", memory: "4Gi" })] };
const strategies: [name: string, strategy: ScoringStrategy, expected: number[]][] = [
  ["LeastAllocated", {}, [25, 75, 75]],
  ["MostAllocated", { type: "MostAllocated" }, [75, 25, 25]],
  ["MostAllocated by weight", { type: "MostAllocated", resources: [{ name: "cpu", weight: 3 }] }, [75, 25, 25]],
  [
    "RequestedToCapacityRatio",
    {
      type: "RequestedToCapacityRatio",
      resources: [{ name: "cpu" }],
      requestedToCapacityRatio: {
        shape: [
          { utilization: 0, score: 0 },
          { utilization: 100, score: 10 },
        ],
      },
    },
    [75, 25, 25],
  ],
];

for (const [name, scoringStrategy, expected] of strategies)
  test(`NodeResourcesFit: ${name}`, () => {
    const plugin = createNodeResourcesFit({ scoringStrategy });
    const pod = newPod("p", {}, { cpu: "1", memory: "2Gi" });
    assert.deepEqual(scores(plugin, pod, snapshotOf(nodes, half)), expected);
  });
