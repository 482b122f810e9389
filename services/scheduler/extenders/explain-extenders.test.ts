import assert from "node:assert/strict";
import { test } from "node:test";
import { conclude, explain } from "../cycle/explain.ts";
import { newNode, newPod, snapshotOf } from "../testing/objects.ts";
import { explainExtenders } from "./explain-extenders.ts";
import type { Extender } from "./extender.ts";

const sea: Extender = {
  name: "sea",
  wakeOn: [],
  weight: 2,
  ...{ ignorable: false, filters: true, prioritizes: true, preempts: false, binds: false },
  isInterested: () => true,
  filter: async (_, nodes) => ({
    nodeNames: nodes.map(({ name }) => name).filter((name) => name !== "a"),
    failed: { a: "too far from the sea" },
    unresolvable: {},
  }),
  prioritize: async () => [{ host: "c", score: 10 }],
  preempt: async () => new Map(),
  bind: async () => undefined,
  close: async () => {},
};

async function asked(extender: Extender, names: readonly string[]) {
  const snapshot = snapshotOf(names.map((name) => newNode(name)));
  const explanation = explain(newPod("p"), snapshot, []);
  await explainExtenders([extender], explanation, snapshot);
  return conclude(explanation);
}

test("what extenders say of nodes is explained as what plugins say", async () => {
  const { selectedNode, nodes = [], message } = await asked(sea, ["a", "b", "c"]);
  assert.equal(selectedNode, "c");
  assert.equal(message, "2/3 nodes are available");
  const said = nodes.map(({ nodeName, fits, totalScore, plugins }) => ({ nodeName, fits, totalScore, plugins }));
  assert.deepEqual(said, [
    {
      nodeName: "a",
      fits: false,
      totalScore: undefined,
      plugins: [{ plugin: "sea", point: "Filter", reason: "too far from the sea" }],
    },
    { nodeName: "b", fits: true, totalScore: 0, plugins: [{ plugin: "sea", point: "Score", score: 0, weight: 2 }] },
    { nodeName: "c", fits: true, totalScore: 200, plugins: [{ plugin: "sea", point: "Score", score: 100, weight: 2 }] },
  ]);
});

test("a pod that extenders let go nowhere is told why", async () => {
  const { selectedNode, message } = await asked(sea, ["a"]);
  assert.deepEqual([selectedNode, message], [undefined, "0/1 nodes are available: 1 too far from the sea."]);
});

test("an extender that cannot be asked explains nothing, unless it may be ignored", async () => {
  const broken: Extender = { ...sea, filter: () => Promise.reject(new Error("no answer")) };
  await assert.rejects(asked(broken, ["a"]), /no answer/);
  assert.equal((await asked({ ...broken, ignorable: true }, ["a"])).selectedNode, "a");
});
