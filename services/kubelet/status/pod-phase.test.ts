import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerState, ContainerStatus, Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import { podConditions } from "./pod-conditions.ts";
import { podPhase } from "./pod-phase.ts";

const running: ContainerState = { running: {} };
const waits: ContainerState = { waiting: { reason: "ContainerCreating" } };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });
const status = (state: ContainerState, lastState: ContainerState = {}): ContainerStatus => ({
  name: "main",
  state,
  lastState,
});
const heldBack = status({ waiting: { reason: "CrashLoopBackOff" } }, ended(1));

const phases: [
  policy: string,
  inits: ContainerStatus[],
  containers: ContainerStatus[],
  phase: string,
  ending?: string,
][] = [
  ["Always", [], [status(waits)], "Pending", "Pending"],
  ["Always", [], [status(running)], "Running"],
  ["Always", [], [status(running), status(waits)], "Pending"],
  ["Always", [], [status(ended(0))], "Running", "Succeeded"],
  ["Always", [], [status(ended(1))], "Running", "Failed"],
  ["Always", [], [heldBack], "Running", "Failed"],
  ["Always", [], [status(running), heldBack], "Running"],
  ["OnFailure", [], [status(ended(0))], "Succeeded"],
  ["OnFailure", [], [status(ended(0)), status(ended(1))], "Running", "Failed"],
  ["OnFailure", [], [status(ended(0)), status(running)], "Running"],
  ["Never", [], [status(ended(0)), status(ended(0))], "Succeeded"],
  ["Never", [], [status(ended(0)), status(ended(2))], "Failed"],
  ["Never", [], [status(ended(2)), status(running)], "Running"],
  ["Always", [status(running)], [status(waits)], "Pending"],
  ["Always", [status(ended(0)), status(waits)], [status(waits)], "Pending"],
  ["Always", [status(ended(1))], [status(waits)], "Pending"],
  ["Always", [heldBack], [status(waits)], "Pending"],
  ["Never", [status(ended(1))], [status(waits)], "Failed"],
  ["Always", [status(ended(0))], [status(running)], "Running"],
  // A sandbox that was made anew initialises again, while its containers wait.
  ["Always", [status(running)], [heldBack], "Running", "Failed"],
];

for (const [policy, inits, containers, phase, ending = phase] of phases) {
  const said = [
    ...inits.map((it) => `init ${JSON.stringify(it.state)}`),
    ...containers.map((it) => JSON.stringify(it.state)),
  ];
  test(`phase with ${policy}: ${said.join(", ")}`, () => {
    const pod: Pod = { spec: { restartPolicy: policy } };
    assert.equal(podPhase(pod, inits, containers, false), phase);
    assert.equal(podPhase(pod, inits, containers, true), ending);
  });
}

const nowMs = Date.parse("2026-01-01T00:00:00Z");
const readyStatus: ContainerStatus = { ...status(running), ready: true };

function conditionsOf(pod: Pod, containers: ContainerStatus[], phase = "Running", inits: ContainerStatus[] = []) {
  const list = podConditions({ pod, phase, inits, containers, sandboxReady: true, nowMs });
  return new Map(list.map((condition) => [condition.type, condition]));
}

const conditions: [what: string, PodCondition | undefined, PodCondition][] = [
  ["ready", conditionsOf({}, [readyStatus]).get("Ready"), { status: "True" }],
  [
    "not ready",
    conditionsOf({}, [readyStatus, status(running)]).get("Ready"),
    { status: "False", reason: "ContainersNotReady", message: "containers with unready status: [main]" },
  ],
  [
    "succeeded",
    conditionsOf({}, [status(ended(0))], "Succeeded").get("Ready"),
    { status: "False", reason: "PodCompleted" },
  ],
  [
    "failed",
    conditionsOf({}, [status(ended(1))], "Failed").get("ContainersReady"),
    { status: "False", reason: "PodFailed" },
  ],
  [
    "initialising",
    conditionsOf({}, [status(waits)], "Pending", [
      { ...status(running), name: "a" },
      { ...status(waits), name: "b" },
    ]).get("Initialized"),
    { status: "False", reason: "ContainersNotInitialized", message: "containers with incomplete status: [a b]" },
  ],
  [
    "initialised",
    conditionsOf({}, [status(waits)], "Pending", [{ ...status(ended(0)), ready: true }]).get("Initialized"),
    { status: "True" },
  ],
  [
    "completed",
    conditionsOf({}, [status(ended(0))], "Succeeded").get("Initialized"),
    { status: "True", reason: "PodCompleted" },
  ],
  [
    "a gate without condition",
    conditionsOf({ spec: { readinessGates: [{ conditionType: "g" }] } }, [readyStatus]).get("Ready"),
    {
      status: "False",
      reason: "ReadinessGatesNotReady",
      message: 'corresponding condition of pod readiness gate "g" does not exist.',
    },
  ],
  [
    "a closed gate",
    conditionsOf(
      { spec: { readinessGates: [{ conditionType: "g" }] }, status: { conditions: [{ type: "g", status: "False" }] } },
      [readyStatus],
    ).get("Ready"),
    {
      status: "False",
      reason: "ReadinessGatesNotReady",
      message: 'the status of pod readiness gate "g" is not "True", but False',
    },
  ],
  [
    "an open gate",
    conditionsOf(
      { spec: { readinessGates: [{ conditionType: "g" }] }, status: { conditions: [{ type: "g", status: "True" }] } },
      [readyStatus],
    ).get("Ready"),
    { status: "True" },
  ],
];

for (const [what, condition, expected] of conditions) {
  test(`condition: ${what}`, () => {
    const { status: value, reason, message } = condition ?? {};
    const { reason: wantedReason, message: wantedMessage } = expected;
    assert.deepEqual([value, reason, message], [expected.status, wantedReason, wantedMessage]);
  });
}

test("conditions keep their time while they stay, and those of others", () => {
  const since = "2020-01-01T00:00:00Z";
  const others = { type: "example.com/other", status: "True" };
  const before = [
    { type: "Ready", status: "True", lastTransitionTime: since },
    { type: "Initialized", status: "False", lastTransitionTime: since },
    others,
  ];
  const now = conditionsOf({ metadata: { generation: 3 }, status: { conditions: before } }, [readyStatus]);
  assert.equal(now.get("Ready")?.lastTransitionTime, since);
  assert.equal(now.get("Initialized")?.lastTransitionTime, "2026-01-01T00:00:00Z");
  assert.equal(now.get("Ready")?.observedGeneration, 3);
  assert.deepEqual(now.get("example.com/other"), others);
});
