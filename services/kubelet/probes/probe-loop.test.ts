import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { ContainerProbes, type ProbeKind } from "./container-probes.ts";
import { probeLoop } from "./probe-loop.ts";

/** Runs a loop whose tries answer as `answer` says for the time since its start, in seconds. */
async function play(probe: Probe, initial: boolean, seconds: number, answer: (atSeconds: number) => boolean) {
  const clock = new SimulatedClock();
  const began = clock.now();
  const abort = new AbortController();
  const at = () => (clock.now() - began) / 1000;
  const tries: number[] = [];
  const changes: [number, boolean][] = [];
  const failures: number[] = [];
  const loop = probeLoop(
    {
      probe,
      clock,
      initial,
      attempt: async () => {
        tries.push(at());
        return { ok: answer(at()), message: "no" };
      },
      onChange: (ok) => changes.push([at(), ok]),
      onFailure: () => failures.push(at()),
    },
    abort.signal,
  ).catch(() => {});
  await clock.advance(seconds * 1000);
  abort.abort();
  await loop;
  return { tries, changes, failures };
}

test("liveness: after the delay, once a period; dead after as many failures in a row as the threshold says", async () => {
  const probe = { initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3 };
  const { tries, changes, failures } = await play(probe, true, 60, (at) => at < 20);
  assert.deepEqual(tries, [5, 15, 25, 35, 45, 55]);
  assert.deepEqual(failures, [25, 35, 45, 55]);
  assert.deepEqual(changes, [[45, false]]);
});

test("failures that are not in a row do not add up", async () => {
  const { changes } = await play({ periodSeconds: 1, failureThreshold: 2 }, true, 20, (at) => at % 2 === 0);
  assert.deepEqual(changes, []);
});

test("readiness: a container that becomes ready is found so within a fraction of its period", async () => {
  const { changes, failures } = await play({ periodSeconds: 10 }, false, 60, (at) => at >= 0.5);
  assert.equal(changes.length, 1);
  assert.ok((changes[0]?.[0] ?? 99) < 0.8, `ready at ${changes[0]}`);
  assert.deepEqual(failures, [0], "eager tries that fail are not told");
});

test("readiness goes and comes with its thresholds", async () => {
  const probe = { periodSeconds: 1, failureThreshold: 2, successThreshold: 3 };
  const { changes } = await play(probe, true, 20, (at) => at < 5 || at >= 10);
  assert.deepEqual(changes, [
    [6, false],
    [12, true],
  ]);
});

test("tries that take longer than the period are not made up for", async () => {
  const clock = new SimulatedClock();
  const began: number[] = [];
  const abort = new AbortController();
  const start = clock.now();
  const loop = probeLoop(
    {
      probe: { periodSeconds: 1 },
      clock,
      initial: true,
      attempt: async () => {
        began.push((clock.now() - start) / 1000);
        await clock.sleep(began.length === 1 ? 5_000 : 0);
        return { ok: true, message: "" };
      },
      onChange: () => {},
      onFailure: () => {},
    },
    abort.signal,
  ).catch(() => {});
  await clock.advance(8_000);
  abort.abort();
  await loop;
  assert.deepEqual(began, [0, 5, 6, 7, 8]);
});

function probed(container: Container, known = { started: false, ready: false }) {
  const clock = new SimulatedClock();
  const healthy = new Map<ProbeKind, boolean>();
  const tried: ProbeKind[] = [];
  const kindOf = (probe: Probe): ProbeKind =>
    probe === container.startupProbe ? "startup" : probe === container.livenessProbe ? "liveness" : "readiness";
  let changes = 0;
  const probes = new ContainerProbes(container, known, {
    clock,
    attempt: async (probe) => {
      tried.push(kindOf(probe));
      return { ok: healthy.get(kindOf(probe)) ?? false, message: "no" };
    },
    onChange: () => changes++,
    onFailure: () => {},
    onWarning: () => {},
    onError: (_, error) => assert.fail(String(error)),
  });
  return { clock, healthy, tried, probes, changes: () => changes };
}

const each = { periodSeconds: 1, failureThreshold: 2 };

test("a container without probes is started and ready at once", () => {
  const { probes } = probed({ name: "main" });
  assert.deepEqual([probes.started, probes.ready, probes.failed], [true, true, undefined]);
});

test("the startup probe comes first: until then nothing else is asked, and the container is not ready", async () => {
  const { clock, healthy, tried, probes } = probed({
    startupProbe: { ...each, failureThreshold: 30 },
    livenessProbe: { ...each },
    readinessProbe: { ...each },
  });
  await clock.advance(5_000);
  assert.deepEqual([probes.started, probes.ready, new Set(tried)], [false, false, new Set(["startup"])]);
  healthy.set("startup", true).set("liveness", true).set("readiness", true);
  await clock.advance(2_000);
  assert.deepEqual([probes.started, probes.ready], [true, true]);
  const asked = tried.filter((kind) => kind === "startup").length;
  await clock.advance(5_000);
  assert.equal(tried.filter((kind) => kind === "startup").length, asked, "it has said its word");
  probes.stop();
});

test("a startup probe that fails too often gives the container up", async () => {
  const { clock, probes } = probed({ startupProbe: { ...each, terminationGracePeriodSeconds: 3 } });
  await clock.advance(3_000);
  assert.deepEqual(probes.failed, { kind: "startup", terminationGracePeriodSeconds: 3 });
  assert.equal(probes.started, false);
});

test("a liveness probe that fails too often gives the container up, and is asked no more", async () => {
  const { clock, healthy, tried, probes, changes } = probed({ livenessProbe: { ...each } });
  healthy.set("liveness", true);
  await clock.advance(5_000);
  assert.deepEqual([probes.failed], [undefined]);
  healthy.set("liveness", false);
  await clock.advance(2_000);
  assert.deepEqual([probes.failed?.kind, changes()], ["liveness", 1]);
  const asked = tried.length;
  await clock.advance(10_000);
  assert.equal(tried.length, asked);
});

test("what an earlier kubelet found holds until a probe says otherwise", async () => {
  const container = { startupProbe: { ...each }, readinessProbe: { ...each } };
  const { clock, tried, probes, changes } = probed(container, { started: true, ready: true });
  assert.deepEqual([probes.started, probes.ready], [true, true]);
  await clock.advance(500);
  assert.deepEqual([probes.ready, changes()], [true, 0]);
  await clock.advance(1_000);
  assert.deepEqual([probes.started, probes.ready, tried.includes("startup")], [true, false, false]);
  probes.stop();
  assert.equal(clock.pending, 0);
});
