import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import type { Plugin } from "../framework/plugin.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import { type QueuedPod, SchedulingQueue } from "./scheduling-queue.ts";

const plugins: Plugin[] = [
  { name: "Fit", wakeOn: ["NodeAdded", "PodRemoved", "PodChanged"] },
  { name: "Taints", wakeOn: ["NodeTaintsChanged"] },
];

function setUp() {
  const clock = new SimulatedClock();
  let ready = 0;
  const queue = new SchedulingQueue(clock, plugins, () => ready++);
  return { clock, queue, readyCalls: () => ready };
}

function pod(
  name: string,
  changes: { priority?: number; generation?: number; labels?: Record<string, string> } = {},
): Pod {
  const { priority, generation = 1, labels } = changes;
  return { metadata: { name, uid: name, namespace: "default", generation, labels }, spec: { priority } };
}

function take(queue: SchedulingQueue): QueuedPod {
  const queued = queue.take();
  assert.ok(queued, "nothing to take");
  return queued;
}

function name(queued: QueuedPod | undefined): string | undefined {
  return queued?.info.pod.metadata?.name;
}

test("pods come out by priority, then in the order of their coming", () => {
  const { queue } = setUp();
  for (const each of [pod("a"), pod("b"), pod("high", { priority: 10 }), pod("c")]) queue.put(each);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => name(queue.take())),
    ["high", "a", "b", "c", undefined],
  );
});

test("order holds among thousands", () => {
  const { queue } = setUp();
  for (let index = 0; index < 3000; index++) queue.put(pod(`p${index}`, { priority: index % 3 }));
  const taken = Array.from({ length: 3000 }, () => take(queue));
  for (let index = 1; index < taken.length; index++) {
    const [before, after] = [taken[index - 1], taken[index]];
    const [left, right] = [before?.info.priority ?? 0, after?.info.priority ?? 0];
    assert.ok(left > right || (left === right && (before?.order ?? 0) < (after?.order ?? 0)));
  }
});

test("a pod whose binding failed waits out a back-off of 1 s, 2 s, 4 s, 8 s, 10 s, 10 s", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("a"));
  for (const seconds of [1, 2, 4, 8, 10, 10]) {
    queue.retry(take(queue));
    await clock.advance(seconds * 1000 - 1);
    assert.equal(queue.take(), undefined, `too soon before ${seconds} s`);
    await clock.advance(1);
  }
  assert.equal(name(queue.take()), "a");
});

test("a refused pod is woken by a change that its plugin cares for, and by no other", async () => {
  const { clock, queue, readyCalls } = setUp();
  queue.put(pod("fit"));
  queue.put(pod("taints"));
  queue.refuse(take(queue), new Set(["Fit"]));
  queue.refuse(take(queue), new Set(["Taints"]));
  await clock.advance(5000);
  assert.equal(queue.take(), undefined);
  const before = readyCalls();
  queue.changed("NodeLabelsChanged");
  assert.equal(queue.take(), undefined);
  queue.changed("PodRemoved");
  assert.equal(readyCalls(), before + 1);
  assert.equal(name(queue.take()), "fit");
  assert.equal(queue.take(), undefined);
  queue.changed("NodeTaintsChanged");
  assert.equal(name(queue.take()), "taints");
});

test("a change that comes while a pod is being placed counts when it is refused", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("fit"));
  queue.put(pod("taints"));
  const [fit, taints] = [take(queue), take(queue)];
  queue.changed("PodRemoved");
  queue.refuse(fit, new Set(["Fit"]));
  queue.refuse(taints, new Set(["Taints"]));
  assert.equal(queue.take(), undefined);
  await clock.advance(1000);
  assert.equal(name(queue.take()), "fit");
  assert.equal(queue.take(), undefined);
});

test("a pod that is woken during its back-off waits until that is over", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("a"));
  queue.refuse(take(queue), new Set(["Fit"]));
  await clock.advance(400);
  queue.changed("NodeAdded");
  assert.equal(queue.take(), undefined);
  await clock.advance(600);
  assert.equal(name(queue.take()), "a");
});

test("a pod refused for want of any node waits for a node", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("a"));
  queue.refuse(take(queue), new Set());
  await clock.advance(2000);
  queue.changed("PodRemoved");
  assert.equal(queue.take(), undefined);
  queue.changed("NodeAdded");
  assert.equal(name(queue.take()), "a");
});

test("after five minutes a refused pod is tried again without a change, whatever happens to others", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("early"));
  queue.refuse(take(queue), new Set(["Taints"]));
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(59_000);
    queue.put(pod(`later-${minute}`));
    queue.refuse(take(queue), new Set(["Taints"]));
  }
  assert.equal(queue.take(), undefined);
  await clock.advance(5_000);
  assert.equal(name(queue.take()), "early");
  assert.equal(queue.take(), undefined);
});

test("a change of the waiting pod wakes it when its plugin cares, a new status does not", async () => {
  const { clock, queue } = setUp();
  queue.put(pod("a"));
  queue.refuse(take(queue), new Set(["Fit"]));
  await clock.advance(2000);
  queue.put({ ...pod("a"), status: { phase: "Pending" } });
  assert.equal(queue.take(), undefined);
  queue.put(pod("a", { generation: 2 }));
  const queued = take(queue);
  assert.equal(queued.info.pod.metadata?.generation, 2);
  queue.refuse(queued, new Set(["Taints"]));
  await clock.advance(5000);
  queue.put(pod("a", { generation: 3 }));
  assert.equal(queue.take(), undefined);
});

test("a pod that has gone is never tried again", async () => {
  const { clock, queue } = setUp();
  for (const each of ["active", "refused", "failed", "taken"])
    queue.put(pod(each, { priority: each === "active" ? -1 : 0 }));
  queue.refuse(take(queue), new Set(["Fit"]));
  queue.retry(take(queue));
  const taken = take(queue);
  for (const each of ["active", "refused", "failed", "taken"]) queue.remove(each);
  queue.retry(taken);
  queue.refuse(taken, new Set());
  queue.changed("NodeAdded");
  await clock.advance(400_000);
  assert.equal(queue.take(), undefined);
  assert.equal(queue.size, 0);
});

test("a closed queue leaves no alarm behind", () => {
  const { clock, queue } = setUp();
  queue.put(pod("a"));
  queue.retry(take(queue));
  queue.close();
  assert.equal(clock.pending, 0);
});

test("a change wakes only those refused pods that it can help", async () => {
  const clock = new SimulatedClock();
  const picky: Plugin = {
    name: "Picky",
    wakeOn: ["PodRemoved"],
    hint: ({ labels }, _, { pod: gone }) => labels["app"] === gone?.labels["app"],
  };
  const queue = new SchedulingQueue(clock, [picky], () => {});
  for (const app of ["a", "b"]) queue.put(pod(app, { labels: { app } }));
  for (const _ of ["a", "b"]) queue.refuse(take(queue), new Set(["Picky"]));
  await clock.advance(2000);
  queue.changed("PodRemoved", { pod: podInfo(pod("gone", { labels: { app: "b" } })) });
  assert.equal(name(queue.take()), "b");
  assert.equal(queue.take(), undefined);
  queue.tryAgain("a");
  assert.equal(name(queue.take()), "a");
});
