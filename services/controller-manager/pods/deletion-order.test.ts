import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { inDeletionOrder } from "./deletion-order.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");
const ago = (seconds: number) => rfc3339(nowMs - seconds * 1000);

interface Shape {
  node?: string;
  phase?: string;
  readySince?: string;
  cost?: string;
  restarts?: number;
  created?: string;
}

function pod(name: string, { node = "a", phase = "Running", readySince, cost, restarts, created }: Shape): Pod {
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: created ?? ago(1000),
      ...(cost && { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: { nodeName: node },
    status: {
      phase,
      ...(readySince && { conditions: [{ type: "Ready", status: "True", lastTransitionTime: readySince }] }),
      ...(restarts && { containerStatuses: [{ restartCount: restarts }] }),
    },
  };
}

const ready = { readySince: ago(900) };
const cases: [name: string, first: Shape, second: Shape][] = [
  ["unscheduled before scheduled", { node: "", ...ready }, { phase: "Pending" }],
  ["pending before running", { phase: "Pending" }, {}],
  ["unknown before running", { phase: "Unknown", ...ready }, {}],
  ["not ready before ready", {}, ready],
  ["cheap before dear", { ...ready, cost: "-10" }, ready],
  ["a cost that is no number counts as none", { ...ready, cost: "-1" }, { ...ready, cost: "+5" }],
  ["ready for a short time before a long one", { readySince: ago(10), restarts: 0 }, { readySince: ago(900) }],
  ["often restarted before seldom", { ...ready, restarts: 3 }, { ...ready, restarts: 1 }],
  ["young before old", { ...ready, created: ago(5) }, { ...ready, created: ago(1000) }],
];

for (const [name, first, second] of cases) {
  test(name, () => {
    const pods = [pod("z-first", first), pod("a-second", second)];
    for (const order of [pods, [...pods].reverse()])
      assert.deepEqual(
        inDeletionOrder(order, pods, nowMs).map((it) => it.metadata?.name),
        ["z-first", "a-second"],
      );
  });
}

test("pods on nodes with many related pods go first, also when these belong to another replica set", () => {
  const pods = [pod("alone", { ...ready, node: "a" }), pod("crowded", { ...ready, node: "b" })];
  const related = [...pods, pod("other", { ...ready, node: "b" })];
  assert.equal(inDeletionOrder(pods, related, nowMs)[0]?.metadata?.name, "crowded");
});

test("ages of the same order of magnitude are left to chance", () => {
  const pods = [pod("b", { readySince: ago(900) }), pod("a", { readySince: ago(950) })];
  assert.equal(inDeletionOrder(pods, pods, nowMs)[0]?.metadata?.name, "a");
});
