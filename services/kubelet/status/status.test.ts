import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerState, ContainerStatus, Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ContainerStatus as RuntimeContainer } from "../runtimes/runtime.ts";
import { type ContainerFacts, containerStatus } from "./container-status.ts";
import { podConditions } from "./pod-conditions.ts";
import { podPhase } from "./pod-phase.ts";
import { type PodFacts, podStatus } from "./pod-status.ts";

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

function attempt(number: number, changes: Partial<RuntimeContainer>): RuntimeContainer {
  const identity = {
    id: `c${number}`,
    sandboxId: "s",
    name: "main",
    attempt: number,
    image: "image:1",
    imageId: "sha",
    labels: {},
  };
  return { ...identity, state: "Running", createdAtMs: nowMs, startedAtMs: nowMs, ...changes };
}

function exited(number: number, exitCode: number): RuntimeContainer {
  return attempt(number, {
    state: "Exited",
    exitCode,
    finishedAtMs: nowMs + 1000,
    reason: exitCode === 0 ? "Completed" : "Error",
  });
}

function factsOf(changes: Partial<ContainerFacts>): ContainerFacts {
  return {
    container: { name: "main", image: "image:1" },
    runtimeName: "process",
    attempts: [],
    waiting: undefined,
    before: undefined,
    probes: { isReady: () => true, isStarted: () => true },
    defaultWaiting: { reason: "ContainerCreating" },
    messages: new Map(),
    isInit: false,
    isEnding: false,
    ...changes,
  };
}

test("a container that was not yet made waits", () => {
  const { state, lastState, ready, started, restartCount, containerID, imageID } = containerStatus(factsOf({}));
  assert.deepEqual([state, lastState], [{ waiting: { reason: "ContainerCreating" } }, {}]);
  assert.deepEqual([ready, started, restartCount, containerID, imageID], [false, false, 0, undefined, ""]);
});

test("a container that was made, but never started, still waits", () => {
  const { state, restartCount } = containerStatus(factsOf({ attempts: [attempt(0, { state: "Created" })] }));
  assert.deepEqual([state?.waiting?.reason, restartCount], ["ContainerCreating", 0]);
});

test("a running container is ready and started as its probes say", () => {
  const probes = { isReady: () => false, isStarted: (id: string) => id === "c0" };
  const { ready, started, state, containerID } = containerStatus(factsOf({ attempts: [attempt(0, {})], probes }));
  assert.deepEqual([ready, started, containerID], [false, true, "process://c0"]);
  assert.deepEqual(state, { running: { startedAt: "2026-01-01T00:00:00Z" } });
});

test("a restarted container shows how the attempt before ended, with its last words", () => {
  const messages = new Map([["c1", "oops"]]);
  const { state, lastState, restartCount } = containerStatus(
    factsOf({ attempts: [attempt(2, {}), exited(1, 3)], messages }),
  );
  assert.ok(state?.running);
  assert.equal(restartCount, 2);
  assert.deepEqual(lastState?.terminated, {
    exitCode: 3,
    reason: "Error",
    message: "oops",
    startedAt: "2026-01-01T00:00:00Z",
    finishedAt: "2026-01-01T00:00:01Z",
    containerID: "process://c1",
  });
});

test("a container that is held back waits, and its end is its last state", () => {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
  const { state, lastState, ready } = containerStatus(factsOf({ attempts: [exited(1, 1), exited(0, 2)], waiting }));
  assert.deepEqual(state, { waiting });
  assert.equal(lastState?.terminated?.containerID, "process://c1");
  assert.equal(ready, false);
});

test("a container that ended for good is terminated, and the end before it is its last state", () => {
  const { state, lastState } = containerStatus(factsOf({ attempts: [exited(1, 0), exited(0, 2)] }));
  assert.equal(state?.terminated?.reason, "Completed");
  assert.equal(lastState?.terminated?.exitCode, 2);
});

test("an init container is ready once it has succeeded", () => {
  assert.equal(containerStatus(factsOf({ isInit: true, attempts: [attempt(0, {})] })).ready, false);
  assert.equal(containerStatus(factsOf({ isInit: true, attempts: [exited(0, 1)] })).ready, false);
  assert.equal(containerStatus(factsOf({ isInit: true, attempts: [exited(0, 0)] })).ready, true);
});

test("what the server knows outlives what the runtime has forgotten", () => {
  const before = containerStatus(factsOf({ attempts: [exited(4, 0), exited(3, 1)] }));
  const { state, lastState, restartCount, containerID, imageID } = containerStatus(factsOf({ before }));
  assert.deepEqual(
    [state, lastState, restartCount, containerID, imageID],
    [before.state, before.lastState, 4, "process://c4", "sha"],
  );
});

test("a running container that has vanished ended nobody knows how; the next shows that", () => {
  const before = containerStatus(factsOf({ attempts: [attempt(1, {})] }));
  const vanished = containerStatus(factsOf({ before }));
  assert.equal(vanished.state?.waiting?.reason, "ContainerCreating");
  assert.deepEqual(
    [vanished.lastState?.terminated?.reason, vanished.lastState?.terminated?.exitCode],
    ["ContainerStatusUnknown", 137],
  );
  const next = containerStatus(factsOf({ before: vanished, attempts: [attempt(2, {})] }));
  assert.equal(next.lastState?.terminated?.reason, "ContainerStatusUnknown");
  const atItsEnd = containerStatus(factsOf({ before, isEnding: true }));
  assert.equal(atItsEnd.state?.terminated?.reason, "ContainerStatusUnknown");
});

function podFacts(pod: Pod, attempts: RuntimeContainer[], changes: Partial<PodFacts> = {}): PodFacts {
  const sandbox = {
    id: "s",
    pod: { namespace: "default", name: "p", uid: "1" },
    attempt: 0,
    state: "Ready" as const,
    createdAtMs: 0,
    ips: ["10.0.0.7"],
    labels: {},
  };
  return {
    pod: { ...pod, spec: { containers: [{ name: "main", image: "image:1" }], ...pod.spec } },
    observed: { sandbox, olderSandboxes: [], containers: new Map([["main", attempts]]) },
    probes: { isReady: () => true, isStarted: () => true },
    waiting: new Map(),
    messages: new Map(),
    runtimeName: "process",
    hostIP: "192.168.0.1",
    nowMs,
    ...changes,
  };
}

test("a pod's status tells its addresses and keeps what others wrote", () => {
  const result = podStatus(
    podFacts({ status: { qosClass: "Burstable", startTime: "2020-01-01T00:00:00Z" } }, [attempt(0, {})]),
  );
  assert.deepEqual(
    [result.podIP, result.podIPs, result.hostIP, result.hostIPs],
    ["10.0.0.7", [{ ip: "10.0.0.7" }], "192.168.0.1", [{ ip: "192.168.0.1" }]],
  );
  assert.deepEqual([result.qosClass, result.startTime, result.phase], ["Burstable", "2020-01-01T00:00:00Z", "Running"]);
  assert.equal(podStatus(podFacts({ spec: { hostNetwork: true } }, [])).podIP, "192.168.0.1");
});

test("a pod keeps its address when its sandbox has gone", () => {
  const facts = podFacts({ status: { podIP: "10.0.0.9" } }, []);
  const without = podStatus({ ...facts, observed: { ...facts.observed, sandbox: undefined } });
  assert.equal(without.podIP, "10.0.0.9");
  assert.equal(without.conditions?.[0]?.status, "False");
});

test("no pod comes back from its end, and none ends while a container runs", () => {
  assert.equal(podStatus(podFacts({ status: { phase: "Failed" } }, [attempt(0, {})])).phase, "Failed");
  const failure = { reason: "DeadlineExceeded", message: "too long" };
  const stillRunning = podStatus(podFacts({ status: { phase: "Running" } }, [attempt(0, {})], { ending: { failure } }));
  assert.equal(stillRunning.phase, "Running");
  const over = podStatus(podFacts({ status: { phase: "Running" } }, [exited(0, 0)], { ending: { failure } }));
  assert.deepEqual([over.phase, over.reason, over.message], ["Failed", "DeadlineExceeded", "too long"]);
});

test("a pod that is deleted ends as its containers did; one that never ran has failed", () => {
  assert.equal(
    podStatus(podFacts({ status: { phase: "Running" } }, [exited(0, 0)], { ending: {} })).phase,
    "Succeeded",
  );
  assert.equal(podStatus(podFacts({ status: { phase: "Running" } }, [exited(0, 143)], { ending: {} })).phase, "Failed");
  assert.equal(podStatus(podFacts({ status: { phase: "Pending" } }, [], { ending: {} })).phase, "Failed");
});
