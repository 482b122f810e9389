import assert from "node:assert/strict";
import { test } from "node:test";
import { ExtenderServiceDefinition, type FilterRequest } from "../../../gen/typernetes/scheduler/v1/extender.ts";
import { inProcessTransport } from "../../../lib/grpc/in-process.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { noRefusals } from "../cycle/select-node.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import { newNode, newPod, snapshotOf } from "../testing/objects.ts";
import { askExtenders } from "./ask-extenders.ts";
import { askToPreempt } from "./ask-to-preempt.ts";
import { createGrpcExtender } from "./grpc-extender.ts";

const settings = {
  urlPrefix: "grpc://127.0.0.1:1",
  filterVerb: "filter",
  prioritizeVerb: "prioritize",
  preemptVerb: "preempt",
  bindVerb: "bind",
};

function serving(filter: (request: FilterRequest) => object) {
  const router = new Router().add(ExtenderServiceDefinition, {
    filter: async (request) => filter(request),
    prioritize: async ({ nodeNames = [] }) => ({
      hostPriorities: nodeNames.map((host) => ({ host, score: host === "b" ? 10 : 1 })),
    }),
    preempt: async ({ nodeNameToVictims = {} }) => ({
      nodeNameToMetaVictims: {
        b: { pods: nodeNameToVictims["b"]?.pods?.map(({ metadata }) => ({ uid: metadata?.uid })) },
      },
    }),
    bindPod: async ({ podName, node }) => (node === "b" ? {} : { error: `not ${podName}` }),
  });
  return inProcessTransport(router, { user: "test", groups: [] });
}

const snapshot = snapshotOf(["a", "b", "c", "d"].map((name) => newNode(name)));
const pod = podInfo(newPod("p"));

test("an extender refuses nodes, rates the others, and binds", async () => {
  const answer = (request: FilterRequest) => {
    assert.equal(request.nodes?.length, 4);
    return { nodeNames: ["a", "b"], failedNodes: { c: "too far" }, failedAndUnresolvableNodes: { d: "too old" } };
  };
  const extender = createGrpcExtender({ ...settings, weight: 2 }, serving(answer));
  const refusals = noRefusals(snapshot);
  const { nodes, scores } = await askExtenders([extender], pod, snapshot.slots, snapshot, refusals);
  assert.deepEqual([...nodes], [0, 1]);
  assert.deepEqual(
    [...scores],
    [
      [0, 20],
      [1, 200],
    ],
  );
  assert.deepEqual(
    [...refusals.byReason],
    [
      ["too far", 1],
      ["too old", 1],
    ],
  );
  assert.deepEqual(refusals.resolvable, [2]);
  assert.equal(await extender.bind(pod, "b"), undefined);
  assert.equal(await extender.bind(pod, "a"), "not p");
  await extender.close();
});

test("an extender that fails keeps pods waiting, unless it may be ignored", async () => {
  const fails = () => ({ error: "no idea" });
  const strict = createGrpcExtender(settings, serving(fails));
  await assert.rejects(askExtenders([strict], pod, snapshot.slots, snapshot, noRefusals(snapshot)), /no idea/);
  const lenient = createGrpcExtender({ ...settings, ignorable: true }, serving(fails));
  const { nodes } = await askExtenders([lenient], pod, snapshot.slots, snapshot, noRefusals(snapshot));
  assert.equal(nodes.size, 4);
});

test("an extender says who has to leave which node", async () => {
  const [low, other] = [podInfo(newPod("low")), podInfo(newPod("other"))];
  const full = snapshotOf([newNode("a"), newNode("b")], { a: [other.pod], b: [low.pod] });
  const extender = createGrpcExtender(
    settings,
    serving(() => ({})),
  );
  const candidates = [
    { node: 0, victims: [other], violations: 0 },
    { node: 1, victims: [low], violations: 1 },
  ];
  const [chosen, ...rest] = await askToPreempt([extender], pod, candidates, full);
  assert.deepEqual([chosen?.node, chosen?.violations, rest], [1, 0, []]);
  assert.deepEqual(
    chosen?.victims.map(({ uid }) => uid),
    [low.uid],
  );
});

test("an extender of certain resources is asked only about pods that want them", () => {
  const extender = createGrpcExtender(
    { ...settings, managedResources: [{ name: "example.com/gpu" }] },
    serving(() => ({})),
  );
  assert.equal(extender.isInterested(pod), false);
  assert.equal(extender.isInterested(podInfo(newPod("g", {}, { "example.com/gpu": "1" }))), true);
});
