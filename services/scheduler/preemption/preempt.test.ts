import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { selectNode } from "../cycle/select-node.ts";
import { plugins } from "../plugins/list.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { newNode, newPod, snapshotOf } from "../testing/objects.ts";
import { DisruptionBudgets } from "./disruption-budgets.ts";
import { preempt } from "./preempt.ts";

function sized(name: string, cpu: string, priority: number, startTime?: string): Pod {
  const pod = newPod(name, { priority }, { cpu });
  return startTime ? { ...pod, status: { startTime } } : pod;
}

function outcome(pod: Pod, snapshot: Snapshot, budgets = new DisruptionBudgets()) {
  const info = podInfo(pod);
  const search = { start: 0, random: () => 0 };
  const selection = selectNode(info, snapshot, plugins, search);
  assert.ok(!selection.fits);
  const result = preempt(info, selection.refusals, { snapshot, plugins, budgets }, () => 0);
  if (!result.candidate) return result.message;
  const { node, victims } = result.candidate;
  return [snapshot.entry(node).name, ...victims.map(({ pod: victim }) => victim.metadata?.name)];
}

function budget(app: string, disruptionsAllowed: number): DisruptionBudgets {
  const budgets = new DisruptionBudgets();
  const selector = { matchLabels: { app } };
  budgets.put({ metadata: { name: app, namespace: "default" }, spec: { selector }, status: { disruptionsAllowed } });
  return budgets;
}

const nodes = ["a", "b"].map((name) => newNode(name));

test("the fewest and least important pods leave", () => {
  const placed = {
    a: [sized("low", "2", 1), sized("lower", "1", 0), sized("high", "1", 5)],
    b: [sized("same", "4", 10)],
  };
  assert.deepEqual(outcome(sized("p", "1", 10), snapshotOf(nodes, placed)), ["a", "lower"]);
  assert.deepEqual(outcome(sized("p", "3", 10), snapshotOf(nodes, placed)), ["a", "low", "lower"]);
});

const choices: [name: string, placed: Record<string, Pod[]>, budgets: DisruptionBudgets, chosen: string][] = [
  ["no budget is overdrawn", { a: [sized("guarded", "4", 0)], b: [sized("other", "4", 5)] }, budget("guarded", 0), "b"],
  [
    "a budget that allows it does not matter",
    { a: [sized("guarded", "4", 0)], b: [sized("other", "4", 5)] },
    budget("guarded", 1),
    "a",
  ],
  [
    "the highest priority is low",
    { a: [sized("x", "4", 5)], b: [sized("y", "2", 4), sized("z", "2", 4)] },
    new DisruptionBudgets(),
    "b",
  ],
  [
    "there are few",
    { a: [sized("x", "2", 4), sized("y", "2", 4)], b: [sized("z", "4", 4)] },
    new DisruptionBudgets(),
    "b",
  ],
  [
    "they have run for a short time",
    { a: [sized("x", "4", 4, "2026-01-01T00:00:00Z")], b: [sized("y", "4", 4, "2026-01-02T00:00:00Z")] },
    new DisruptionBudgets(),
    "b",
  ],
];

for (const [name, placed, budgets, chosen] of choices)
  test(`that node is chosen on whose victims ${name}`, () => {
    assert.equal(outcome(sized("p", "4", 10), snapshotOf(nodes, placed), budgets)[0], chosen);
  });

test("pods that a budget protects are the first to stay", () => {
  const placed = { a: [sized("guarded", "2", 0), sized("free", "2", 1)] };
  assert.deepEqual(outcome(sized("p", "2", 10), snapshotOf([newNode("a")], placed), budget("guarded", 0)), [
    "a",
    "free",
  ]);
});

test("why no room is made", () => {
  const full = { a: [sized("same", "4", 10)], b: [sized("same", "4", 10)] };
  const snapshot = snapshotOf(
    [...nodes, newNode("tainted", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } })],
    full,
  );
  assert.equal(
    outcome(sized("p", "1", 10), snapshot),
    "0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.",
  );
  const meek = sized("p", "1", 20);
  meek.spec = { ...meek.spec, preemptionPolicy: "Never" };
  assert.equal(outcome(meek, snapshot), "not eligible due to preemptionPolicy=Never.");
  const small = snapshotOf([newNode("a")], { a: [sized("other", "3", 10), sized("low", "1", 0)] });
  assert.equal(outcome(sized("p", "2", 5), small), "0/1 nodes are available: 1 Insufficient cpu.");
});

test("who keeps others away by anti-affinity leaves", () => {
  const topologyKey = "kubernetes.io/hostname";
  const term = { topologyKey, labelSelector: { matchLabels: { app: "p" } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const loner = newPod("loner", { affinity, priority: 0 });
  const snapshot = snapshotOf([newNode("a")], { a: [loner, newPod("bystander")] });
  assert.deepEqual(outcome(sized("p", "1", 10), snapshot), ["a", "loner"]);
  assert.equal([...snapshot.podsOn(0)].length, 2);
});

test("room that is being made is left to whom it is for, and to pods that matter more", () => {
  const snapshot = snapshotOf([newNode("a")]);
  snapshot.nominations.put(podInfo(sized("nominated", "4", 10)), "a");
  const fits = (pod: Pod) => selectNode(podInfo(pod), snapshot, plugins, { start: 0, random: () => 0 }).fits;
  assert.equal(fits(sized("p", "1", 10)), false);
  assert.equal(fits(sized("p", "1", 11)), true);
});

test("a pod does not make room twice while its victims are ending", () => {
  const leaving = sized("leaving", "4", 0);
  leaving.metadata = { ...leaving.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  leaving.status = { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] };
  const snapshot = snapshotOf(nodes, { a: [leaving], b: [sized("other", "4", 0)] });
  const pod = sized("p", "4", 10);
  snapshot.nominations.put(podInfo(pod), "a");
  assert.equal(outcome(pod, snapshot), "not eligible due to a terminating pod on the nominated node.");
});
