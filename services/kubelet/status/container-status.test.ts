import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerFacts, containerStatus } from "./container-status.ts";
import { attempt, exited } from "./test-attempts.ts";

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
    role: "regular",
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
  assert.equal(containerStatus(factsOf({ role: "init", attempts: [attempt(0, {})] })).ready, false);
  assert.equal(containerStatus(factsOf({ role: "init", attempts: [exited(0, 1)] })).ready, false);
  assert.equal(containerStatus(factsOf({ role: "init", attempts: [exited(0, 0)] })).ready, true);
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
