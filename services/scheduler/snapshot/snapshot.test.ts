import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { newNode, newPod } from "../testing/objects.ts";
import { podInfo } from "./pod-info.ts";
import { Snapshot } from "./snapshot.ts";

const nodeNames = ["a", "b", "c", "d"];

type Step =
  | { do: "putNode"; node: string; cpu: number }
  | { do: "removeNode"; node: string }
  | { do: "place"; pod: number; node: string; cpu: number; port: number }
  | { do: "removePod"; pod: number };

const node = fc.constantFrom(...nodeNames);
const podNumber = fc.integer({ min: 0, max: 12 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("putNode" as const), node, cpu: fc.integer({ min: 1, max: 64 }) }),
    fc.record({ do: fc.constant("removeNode" as const), node }),
    fc.record({
      do: fc.constant("place" as const),
      pod: podNumber,
      node,
      cpu: fc.integer({ min: 0, max: 2000 }),
      port: fc.integer({ min: 0, max: 3 }),
    }),
    fc.record({ do: fc.constant("removePod" as const), pod: podNumber }),
  ),
  { maxLength: 80 },
);

function podOf(number: number, cpu: number, port: number): Pod {
  const requests = { cpu: `${cpu}m`, memory: `${cpu}Ki`, "ephemeral-storage": "1Mi", "example.com/device": "1" };
  const ports = port === 0 ? [] : [{ containerPort: port, hostPort: port }];
  const ownerReferences = [{ uid: `owner-${number % 3}`, controller: true }];
  return {
    metadata: { uid: `pod-${number}`, name: `pod-${number}`, ownerReferences },
    spec: { containers: [{ name: "c", resources: { requests }, ports }] },
  };
}

/** Everything that a snapshot counts of a node. */
function countsOf(snapshot: Snapshot, name: string) {
  const slot = snapshot.slotOf(name);
  if (slot === undefined) return undefined;
  const { extendedRequested, hostPorts, priorities } = snapshot.entry(slot);
  return {
    milliCpu: snapshot.milliCpu[slot],
    cpu: snapshot.requestedMilliCpu[slot],
    memory: snapshot.requestedMemoryBytes[slot],
    ephemeral: snapshot.requestedEphemeralBytes[slot],
    scoredCpu: snapshot.scoredMilliCpu[slot],
    scoredMemory: snapshot.scoredMemoryBytes[slot],
    pods: snapshot.podCount[slot],
    extended: Object.fromEntries(extendedRequested),
    ports: [...hostPorts].map(([key, addresses]) => [key, ...addresses]).sort(),
    priorities: [...priorities].sort(),
    controllers: ["0", "1", "2"].map((owner) => snapshot.podsOfController(`owner-${owner}`)?.get(slot)),
    names: [...snapshot.podsOn(slot)].map(({ uid }) => uid).sort(),
  };
}

test("after any placements and removals, in any order, the counts are those of a recount", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const snapshot = new Snapshot();
      const nodes = new Map<string, number>();
      const pods = new Map<number, Extract<Step, { do: "place" }>>();
      for (const step of all) {
        if (step.do === "putNode") {
          nodes.set(step.node, step.cpu);
          snapshot.putNode(newNode(step.node, { status: { allocatable: { cpu: `${step.cpu}` } } }));
        } else if (step.do === "removeNode") {
          nodes.delete(step.node);
          snapshot.removeNode(step.node);
        } else if (step.do === "place") {
          pods.set(step.pod, step);
          snapshot.placePod(podInfo(podOf(step.pod, step.cpu, step.port)), step.node);
        } else {
          assert.equal(snapshot.removePod(`pod-${step.pod}`), pods.delete(step.pod));
        }
      }
      const recount = new Snapshot();
      for (const [name, cpu] of nodes) recount.putNode(newNode(name, { status: { allocatable: { cpu: `${cpu}` } } }));
      for (const { pod, cpu, port, node: on } of pods.values()) recount.placePod(podInfo(podOf(pod, cpu, port)), on);
      for (const name of nodeNames) assert.deepEqual(countsOf(snapshot, name), countsOf(recount, name));
      assert.equal(snapshot.slots.length, nodes.size);
    }),
    { numRuns: 300 },
  );
});

test("more nodes than slots at the beginning", () => {
  const snapshot = new Snapshot();
  for (let index = 0; index < 300; index++) {
    snapshot.putNode(newNode(`node-${index}`, { status: { allocatable: { cpu: `${index + 1}` } } }));
    snapshot.placePod(podInfo(newPod("p", {}, { cpu: `${index}m` })), `node-${index}`);
  }
  for (let index = 0; index < 300; index++) {
    const slot = snapshot.slotOf(`node-${index}`) ?? -1;
    assert.equal(snapshot.milliCpu[slot], (index + 1) * 1000);
    assert.equal(snapshot.requestedMilliCpu[slot], index);
  }
});

test("knows whether any node has taints", () => {
  const snapshot = new Snapshot();
  const tainted = newNode("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
  snapshot.putNode(tainted);
  snapshot.putNode(tainted);
  assert.equal(snapshot.hasTaints, true);
  snapshot.putNode(newNode("a"));
  assert.equal(snapshot.hasTaints, false);
  snapshot.putNode(tainted);
  snapshot.removeNode("a");
  assert.equal(snapshot.hasTaints, false);
});

test("pods of a node that is not known yet count when it comes", () => {
  const snapshot = new Snapshot();
  snapshot.placePod(podInfo(newPod("p", {}, { cpu: "1" })), "later");
  snapshot.putNode(newNode("later"));
  assert.equal(snapshot.requestedMilliCpu[snapshot.slotOf("later") ?? -1], 1000);
});

const resizes: [name: string, wanted: string, has: string, pending: string | undefined, counted: number][] = [
  ["grows", "2", "1", "Deferred", 2000],
  ["shrinks", "1", "2", undefined, 2000],
  ["cannot ever grow so far", "64", "1", "Infeasible", 1000],
];

for (const [name, wanted, has, pending, counted] of resizes)
  test(`a pod that ${name} in place counts with what it may hold`, () => {
    const pod: Pod = newPod("p", {}, { cpu: wanted });
    const resources = { requests: { cpu: has } };
    const conditions = pending ? [{ type: "PodResizePending", status: "True", reason: pending }] : [];
    const containerStatuses = [{ name: "c", resources, allocatedResources: { cpu: has } }];
    assert.equal(podInfo({ ...pod, status: { containerStatuses, conditions } }).milliCpu, counted);
  });
