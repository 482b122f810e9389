import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ContainerStatus as RuntimeContainer } from "../runtimes/runtime.ts";
import { type PodFacts, podStatus } from "./pod-status.ts";
import { attempt, exited, nowMs } from "./test-attempts.ts";

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
    sizes: { get: () => undefined },
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

test("a container that could not be started waits for nothing when it is not tried again", () => {
  const waiting = new Map([["main", { reason: "RunContainerError", message: "no such command" }]]);
  const statusWith = (restartPolicy: string) =>
    podStatus(podFacts({ spec: { restartPolicy } }, [exited(0, 128)], { waiting })).containerStatuses?.[0];
  assert.equal(statusWith("Never")?.state?.terminated?.exitCode, 128);
  assert.equal(statusWith("OnFailure")?.state?.waiting?.reason, "RunContainerError");
});
