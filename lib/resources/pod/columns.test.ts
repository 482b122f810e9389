import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { printed } from "../testing/faults.ts";
import { pod as strategy } from "./strategy.ts";
import { podSummary } from "./summary.ts";

const nowMs = Date.parse("2025-01-01T01:00:00Z");
const running = { running: { startedAt: "2025-01-01T00:00:00Z" } };

function newPod(status: Pod["status"], spec: Pod["spec"] = {}, metadata: Pod["metadata"] = {}): Pod {
  return {
    metadata: { name: "web", creationTimestamp: "2025-01-01T00:00:00Z", ...metadata },
    spec: { containers: [{ name: "a" }], ...spec },
    status: { phase: "Running", ...status },
  };
}

const two = { containers: [{ name: "a" }, { name: "b" }] };
const init = { initContainers: [{ name: "i" }] };
const sidecar = { initContainers: [{ name: "s", restartPolicy: "Always" }] };

const summaries: readonly [Pod, string][] = [
  [newPod({ phase: "Pending" }), "0/1 Pending 0"],
  [newPod({ containerStatuses: [{ name: "a", ready: true, state: running }] }), "1/1 Running 0"],
  [
    newPod({ containerStatuses: [{ name: "a", state: { waiting: { reason: "ContainerCreating" } } }] }),
    "0/1 ContainerCreating 0",
  ],
  [
    newPod({
      containerStatuses: [
        {
          name: "a",
          restartCount: 3,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 1, finishedAt: "2025-01-01T00:58:00Z" } },
        },
      ],
    }),
    "0/1 CrashLoopBackOff 3 (2m ago)",
  ],
  [
    newPod({ phase: "Failed", containerStatuses: [{ name: "a", state: { terminated: { exitCode: 2 } } }] }),
    "0/1 ExitCode:2 0",
  ],
  [
    newPod({
      phase: "Failed",
      containerStatuses: [{ name: "a", state: { terminated: { exitCode: 137, signal: 9 } } }],
    }),
    "0/1 Signal:9 0",
  ],
  [newPod({ phase: "Failed", reason: "Evicted" }), "0/1 Evicted 0"],
  [
    newPod({
      phase: "Succeeded",
      containerStatuses: [{ name: "a", state: { terminated: { exitCode: 0, reason: "Completed" } } }],
    }),
    "0/1 Completed 0",
  ],
  [
    newPod(
      {
        containerStatuses: [
          { name: "a", state: { terminated: { exitCode: 0, reason: "Completed" } } },
          { name: "b", ready: true, state: running },
        ],
      },
      two,
    ),
    "1/2 NotReady 0",
  ],
  [newPod({ phase: "Pending", initContainerStatuses: [{ name: "i", state: running }] }, init), "0/1 Init:0/1 0"],
  [
    newPod({ phase: "Pending", initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 1 } } }] }, init),
    "0/1 Init:ExitCode:1 0",
  ],
  [
    newPod(
      { phase: "Pending", initContainerStatuses: [{ name: "i", state: { waiting: { reason: "ImagePullBackOff" } } }] },
      init,
    ),
    "0/1 Init:ImagePullBackOff 0",
  ],
  [
    newPod(
      {
        initContainerStatuses: [{ name: "s", started: true, ready: true, restartCount: 1, state: running }],
        containerStatuses: [{ name: "a", ready: true, state: running }],
      },
      sidecar,
    ),
    "2/2 Running 1",
  ],
  [
    newPod({ conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }),
    "0/1 SchedulingGated 0",
  ],
  [newPod({}, {}, { deletionTimestamp: "2025-01-01T00:59:00Z" }), "0/1 Terminating 0"],
  [newPod({ reason: "NodeLost" }, {}, { deletionTimestamp: "2025-01-01T00:59:00Z" }), "0/1 Unknown 0"],
];

for (const [pod, expected] of summaries)
  test(`a pod that is ${expected}`, () => {
    const [ready, status, restarts] = strategy.columns.map((column) => column.cell(pod, nowMs));
    assert.equal(`${ready} ${status} ${restarts}`, expected);
  });

test("a pod is printed wide", () => {
  const pod = newPod(
    { podIP: "10.0.0.1", conditions: [{ type: "a/b", status: "True" }] },
    { nodeName: "n", readinessGates: [{ conditionType: "a/b" }, { conditionType: "c/d" }] },
  );
  assert.equal(
    printed(strategy, pod, nowMs),
    "Ready=0/1 Status=Running Restarts=0 Age=60m | IP=10.0.0.1 Node=n Nominated Node=<none> Readiness Gates=1/2",
  );
});

test("a pod without anything is summed up all the same", () => {
  assert.deepEqual(podSummary({}), { ready: 0, total: 0, reason: "", restarts: 0, lastRestart: undefined });
});
