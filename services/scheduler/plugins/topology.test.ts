import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodAffinityTerm, TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import { newNode, newPod, refusals, scores, snapshotOf } from "../testing/objects.ts";
import { createInterPodAffinity } from "./inter-pod-affinity.ts";
import { createPodTopologySpread } from "./pod-topology-spread.ts";

const interPodAffinity = createInterPodAffinity();
const podTopologySpread = createPodTopologySpread();
const zone = "topology.kubernetes.io/zone";
const nodes = [
  newNode("east-1", { metadata: { labels: { [zone]: "east" } } }),
  newNode("east-2", { metadata: { labels: { [zone]: "east" } } }),
  newNode("west", { metadata: { labels: { [zone]: "west" } } }),
  newNode("nowhere"),
];

function web(spec: Pod["spec"] = {}, metadata: Pod["metadata"] = {}): Pod {
  const pod = newPod("web", spec);
  return { ...pod, metadata: { ...pod.metadata, ...metadata } };
}

const uneven = ["node(s) didn't match pod topology spread constraints"];
const noLabel = ["node(s) didn't match pod topology spread constraints (missing required label)"];

function spread(changes: TopologySpreadConstraint = {}): Pod {
  const labelSelector = { matchLabels: { app: "web" } };
  const hard = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "DoNotSchedule", labelSelector };
  return web({ topologySpreadConstraints: [{ ...hard, ...changes }] });
}

const spreads: [
  name: string,
  pod: Pod,
  placed: Record<string, Pod[]>,
  refused: [east1: readonly string[], east2: readonly string[], west: readonly string[], nowhere: readonly string[]],
][] = [
  ["nothing yet", spread(), {}, [[], [], [], noLabel]],
  ["one zone ahead", spread(), { "east-1": [web()] }, [uneven, uneven, [], noLabel]],
  ["a wider skew", spread({ maxSkew: 2 }), { "east-1": [web()] }, [[], [], [], noLabel]],
  ["others do not count", spread(), { "east-1": [newPod("db")] }, [[], [], [], noLabel]],
  [
    "those that end do not count",
    spread(),
    { "east-1": [web({}, { deletionTimestamp: "2026-01-01T00:00:00Z" })] },
    [[], [], [], noLabel],
  ],
  ["other namespaces do not count", spread(), { "east-1": [web({}, { namespace: "b" })] }, [[], [], [], noLabel]],
  ["too few domains", spread({ minDomains: 3 }), { "east-1": [web()] }, [uneven, uneven, [], noLabel]],
  [
    "soft constraints refuse nobody",
    spread({ whenUnsatisfiable: "ScheduleAnyway" }),
    { "east-1": [web()] },
    [[], [], [], []],
  ],
];

for (const [name, pod, placed, refused] of spreads)
  test(`PodTopologySpread: ${name}`, () => {
    assert.deepEqual(refusals(podTopologySpread, pod, snapshotOf(nodes, placed)), refused);
  });

test("PodTopologySpread: zones that the pod cannot go to do not hold it back", () => {
  const pod = spread();
  pod.spec = { ...pod.spec, nodeSelector: { [zone]: "east" } };
  const snapshot = snapshotOf(nodes, { "east-1": [web()] });
  assert.deepEqual(refusals(podTopologySpread, pod, snapshot)[0], []);
  const ignoring = spread({ nodeAffinityPolicy: "Ignore" });
  ignoring.spec = { ...ignoring.spec, nodeSelector: { [zone]: "east" } };
  assert.deepEqual(refusals(podTopologySpread, ignoring, snapshot)[0], uneven);
});

test("PodTopologySpread: matchLabelKeys tell revisions apart", () => {
  const revision = (value: string) => ({ labels: { app: "web", revision: value } });
  const pod = { ...spread({ matchLabelKeys: ["revision"] }) };
  pod.metadata = { ...pod.metadata, ...revision("2") };
  const snapshot = snapshotOf(nodes, { "east-1": [web({}, revision("1"))] });
  assert.deepEqual(refusals(podTopologySpread, pod, snapshot)[0], []);
});

test("PodTopologySpread: pods of one controller prefer machines and zones with few of them", () => {
  const ownerReferences = [{ uid: "set", controller: true }];
  const placed = { "east-1": [web({}, { uid: "1", ownerReferences }), web({}, { uid: "2", ownerReferences })] };
  const snapshot = snapshotOf(nodes, { ...placed, west: [web({}, { uid: "3", ownerReferences })] });
  assert.deepEqual(scores(podTopologySpread, web({}, { ownerReferences }), snapshot), [16, 41, 41, 100]);
});

const notWith = ["node(s) didn't match pod affinity rules"];
const against = ["node(s) didn't match pod anti-affinity rules"];
const repelled = ["node(s) didn't satisfy existing pods anti-affinity rules"];

function term(app: string, changes: PodAffinityTerm = {}): PodAffinityTerm {
  return { topologyKey: zone, labelSelector: { matchLabels: { app } }, ...changes };
}

function together(name: string, ...terms: PodAffinityTerm[]): Pod {
  return newPod(name, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });
}

function apart(name: string, ...terms: PodAffinityTerm[]): Pod {
  return newPod(name, { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });
}

const db = newPod("db");
const farDb: Pod = { ...newPod("db"), metadata: { name: "db", namespace: "data", uid: "far", labels: { app: "db" } } };

const affinities: [name: string, pod: Pod, placed: Record<string, Pod[]>, refused: (readonly string[])[]][] = [
  ["no wish", newPod("p"), { west: [db] }, [[], [], [], []]],
  ["where another is", together("p", term("db")), { "east-1": [db] }, [[], [], notWith, notWith]],
  ["nowhere is another", together("p", term("db")), {}, [notWith, notWith, notWith, notWith]],
  ["the first of its kind", together("p", term("p")), {}, [[], [], [], notWith]],
  ["the second of its kind", together("p", term("p")), { west: [newPod("p")] }, [notWith, notWith, [], notWith]],
  [
    "one pod has to meet all terms",
    together("p", term("db"), term("cache")),
    { "east-1": [db], "east-2": [newPod("cache")] },
    [notWith, notWith, notWith, notWith],
  ],
  ["another namespace", together("p", term("db")), { west: [farDb] }, [notWith, notWith, notWith, notWith]],
  [
    "a named namespace",
    together("p", term("db", { namespaces: ["data"] })),
    { west: [farDb] },
    [notWith, notWith, [], notWith],
  ],
  [
    "all namespaces",
    together("p", term("db", { namespaceSelector: {} })),
    { west: [farDb] },
    [notWith, notWith, [], notWith],
  ],
  [
    "namespaces by label",
    together("p", term("db", { namespaceSelector: { matchLabels: { kind: "data" } } })),
    { west: [farDb] },
    [notWith, notWith, [], notWith],
  ],
  ["away from another", apart("p", term("db")), { "east-1": [db] }, [against, against, [], []]],
  [
    "away from another, on its machine only",
    apart("p", term("db", { topologyKey: "kubernetes.io/hostname" })),
    { "east-1": [db] },
    [against, [], [], []],
  ],
  ["repelled by another", newPod("p"), { west: [apart("x", term("p"))] }, [[], [], repelled, []]],
  ["one that repels others", newPod("p"), { west: [apart("x", term("q"))] }, [[], [], [], []]],
];

for (const [name, pod, placed, refused] of affinities)
  test(`InterPodAffinity: ${name}`, () => {
    const snapshot = snapshotOf(nodes, placed);
    snapshot.putNamespace("data", { kind: "data" });
    assert.deepEqual(refusals(interPodAffinity, pod, snapshot), refused);
  });

test("InterPodAffinity: who repels no longer does so when it has gone", () => {
  const other = apart("x", term("p"));
  const snapshot = snapshotOf(nodes, { west: [other] });
  snapshot.removePod(other.metadata?.uid ?? "");
  assert.deepEqual(refusals(interPodAffinity, newPod("p"), snapshot), [[], [], [], []]);
});
