import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { newPod } from "../testing/new-pod.ts";
import { preparePodForCreate } from "./prepare.ts";
import { pod as strategy } from "./strategy.ts";

test("a new pod is pending, whatever its client says", () => {
  const pod: Pod = { ...newPod({ schedulingGates: [{ name: "a" }] }), status: { phase: "Running" } };
  preparePodForCreate(pod);
  assert.equal(pod.status?.phase, "Pending");
  assert.equal(pod.status?.qosClass, "BestEffort");
  assert.equal(pod.status?.conditions?.[0]?.reason, "SchedulingGated");
});

test("a status update changes neither specification nor class, and makes the addresses agree", () => {
  const old: Pod = { ...newPod(), status: { phase: "Pending", qosClass: "BestEffort" } };
  const now: Pod = { ...newPod({ nodeName: "other" }), status: { phase: "Running", podIP: "10.0.0.1" } };
  strategy.prepareForStatusUpdate?.(now, old, "2025-01-01T00:00:00Z");
  assert.equal(now.spec?.nodeName, undefined);
  assert.deepEqual(now.status, {
    phase: "Running",
    qosClass: "BestEffort",
    podIP: "10.0.0.1",
    podIPs: [{ ip: "10.0.0.1" }],
    hostIPs: undefined,
  });
});

test("the grace period is the request's, else the pod's; nothing waits for a pod without node or that has ended", () => {
  const running: Pod = newPod({ nodeName: "a", terminationGracePeriodSeconds: 7 });
  const period = (pod: Pod, requested?: number) => strategy.gracePeriodSeconds?.(pod, requested);
  assert.equal(period(running), 7);
  assert.equal(period(running, 3), 3);
  assert.equal(period(running, 0), 0);
  assert.equal(period(running, -1), 1);
  assert.equal(period(newPod(), 3), 0);
  assert.equal(period({ ...running, status: { phase: "Failed" } }), 0);
});
