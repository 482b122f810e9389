import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { type Event, EventServiceDefinition } from "../../gen/typernetes/core/v1/event.ts";
import { eventually } from "../base/eventually.ts";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { StatusError } from "../base/status-error.ts";
import { createEventRecorder } from "./create-event-recorder.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { FakeKind } from "./fake-api.ts";
import { connectInProcess } from "./fake-api-connection.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "u1", resourceVersion: "7" },
};

describe("an event recorder", () => {
  let fake: FakeKind<Event>;
  let clock: SimulatedClock;
  let recorder: EventRecorder;

  beforeEach(() => {
    fake = new FakeKind<Event>();
    clock = new SimulatedClock(Date.parse("2026-01-01T00:00:00.5Z"));
    const client = connectInProcess((router) => fake.serve(router, EventServiceDefinition));
    recorder = createEventRecorder({ client, component: "kubelet", host: "node-1", clock, random: () => 0.5 });
  });
  const written = () => [...fake.objects.values()];

  test("writes an event as Kubernetes' clients do", async () => {
    recorder.event(pod, "Normal", "Started", "Started container web");
    await recorder.close();
    const [event] = written();
    assert.deepEqual(event, {
      metadata: {
        name: `web.${(BigInt(clock.now()) * 1_000_000n + 500_000n).toString(16)}`,
        namespace: "default",
        uid: "uid-2",
        resourceVersion: "2",
      },
      involvedObject: {
        apiVersion: "v1",
        kind: "Pod",
        name: "web",
        namespace: "default",
        uid: "u1",
        resourceVersion: "7",
      },
      reason: "Started",
      message: "Started container web",
      type: "Normal",
      source: { component: "kubelet", host: "node-1" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
      reportingComponent: "kubelet",
      reportingInstance: "node-1",
    });
  });

  test("writes events of cluster-scoped objects into the default namespace", async () => {
    recorder.event({ kind: "Node", metadata: { name: "n1" } }, "Normal", "NodeReady", "ready");
    await recorder.close();
    assert.equal(written()[0]?.metadata?.namespace, "default");
    assert.equal(written()[0]?.involvedObject?.namespace, undefined);
  });

  test("counts equal events up", async () => {
    for (let i = 0; i < 3; i++) {
      recorder.event(pod, "Warning", "BackOff", "Back-off restarting failed container");
      await clock.advance(10_000);
    }
    await recorder.close();
    assert.equal(written().length, 1);
    assert.equal(written()[0]?.count, 3);
    assert.equal(written()[0]?.firstTimestamp, "2026-01-01T00:00:00Z");
    assert.equal(written()[0]?.lastTimestamp, "2026-01-01T00:00:20Z");
  });

  test("writes an event again that has expired meanwhile", async () => {
    recorder.event(pod, "Normal", "Pulled", "image present");
    await clock.advance(0);
    fake.remove([...fake.objects.keys()][0] ?? "");
    recorder.event(pod, "Normal", "Pulled", "image present");
    await recorder.close();
    assert.equal(written()[0]?.count, 2);
  });

  test("combines many messages of one reason", async () => {
    for (let i = 0; i < 15; i++) {
      recorder.event(pod, "Warning", "FailedMount", `volume ${i}`);
      await clock.advance(1_000);
    }
    await recorder.close();
    const combined = written().filter((event) => event.message?.startsWith("(combined from similar events): "));
    assert.equal(written().length, 10);
    assert.equal(combined.length, 1);
    assert.equal(combined[0]?.count, 6);
  });

  test("holds a flood about one object back, but not what others report", async () => {
    for (let i = 0; i < 100; i++) recorder.event(pod, "Normal", `Reason${i}`, "again");
    recorder.event({ ...pod, metadata: { ...pod.metadata, name: "other", uid: "u2" } }, "Normal", "Started", "once");
    await recorder.close();
    const about = (name: string) => written().filter((event) => event.involvedObject?.name === name).length;
    assert.equal(about("web"), 25);
    assert.equal(about("other"), 1);
    assert.ok((fake.calls["create"] ?? 0) <= 26);
  });

  test("tries again while the server is away, and gives up what it refuses", async () => {
    let failures = 2;
    fake.before = () => {
      if (failures-- > 0) throw new StatusError("ServiceUnavailable", "away");
    };
    recorder.event(pod, "Normal", "Started", "one");
    await clock.advance(10_000);
    assert.equal(written().length, 1);
    fake.before = () => {
      throw new StatusError("Forbidden", "no");
    };
    recorder.event(pod, "Normal", "Killing", "two");
    await clock.advance(60_000);
    assert.equal(fake.calls["create"], 4);
    await recorder.close();
  });

  test("is bounded while the server hangs", async () => {
    let release = () => {};
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = connectInProcess((router) =>
      router.add(EventServiceDefinition, { create: () => hanging.then(() => ({})) }),
    );
    const stuck = createEventRecorder({ client, component: "kubelet", clock });
    for (let i = 0; i < 5_000; i++) stuck.event({ ...pod, metadata: { name: `p${i}` } }, "Normal", "Started", "x");
    release();
    await eventually(() => stuck.close().then(() => true));
  });
});
