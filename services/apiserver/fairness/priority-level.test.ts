import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { allocate, limitsOf } from "./concurrency-limits.ts";
import { matches, rulesFor } from "./matching.ts";
import { PriorityLevel, type Seat } from "./priority-level.ts";
import { listWidth } from "./width.ts";

const limits = { nominal: 2, min: 2, max: 2 };
const queuing = { queues: 64, handSize: 4, queueLengthLimit: 50 };

function levelOf(limitResponse: object) {
  const clock = new SimulatedClock();
  const level = new PriorityLevel("test", clock);
  level.configure({ type: "Limited", limited: { limitResponse } }, "", limits);
  const { signal } = new AbortController();
  const enter = (flow: string, more: AbortSignal = signal) =>
    level.enter({ flow: () => flow, width: 1, signal: () => more });
  return { clock, level, enter };
}

test("a level that rejects refuses what finds no seat", async () => {
  const { enter } = levelOf({ type: "Reject" });
  const first = (await enter("a")) as Seat;
  enter("a");
  assert.throws(() => enter("a"), /too many requests, please try again later\./);
  first.release();
  enter("a");
});

test("a flow that asks for little does not wait behind one that asks for much", async () => {
  const { clock, enter } = levelOf({ type: "Queue", queuing });
  const order: string[] = [];
  const running: Seat[] = [(await enter("greedy")) as Seat, (await enter("greedy")) as Seat];
  const waiting: Promise<unknown>[] = [];
  const ask = (flow: string) =>
    waiting.push(
      Promise.resolve(enter(flow)).then((seat) => {
        order.push(flow);
        running.push(seat);
      }),
    );
  for (let index = 0; index < 40; index++) ask("greedy");
  ask("modest");
  while (order.length < 41) {
    await clock.advance(10);
    running.shift()?.release();
    await new Promise(setImmediate);
  }
  await Promise.all(waiting);
  assert.ok(order.indexOf("modest") < 8, `it was number ${order.indexOf("modest")}`);
});

test("who waits too long, or goes, is out of the queue", async () => {
  const { clock, level, enter } = levelOf({ type: "Queue", queuing });
  enter("a");
  enter("a");
  const gone = new AbortController();
  const left = enter("a", gone.signal);
  const late = enter("a");
  assert.equal(level.requestsWaiting, 2);
  gone.abort(new Error("gone"));
  await assert.rejects(async () => left, /gone/);
  const refused = assert.rejects(async () => late, /too many requests/);
  await clock.advance(15_001);
  await refused;
  assert.equal(level.requestsWaiting, 0);
  assert.deepEqual([level.rejected["time-out"], level.rejected.cancelled], [1, 1]);
});

test("shares become seats, and those in need get what others lend", () => {
  const spec = (nominalConcurrencyShares: number, lendablePercent: number) => ({
    ...{ type: "Limited", limited: { nominalConcurrencyShares, lendablePercent } },
  });
  const found = limitsOf(
    new Map([
      ["busy", spec(20, 0)],
      ["idle", spec(80, 50)],
    ]),
    100,
  );
  assert.deepEqual(found.get("busy"), { nominal: 20, min: 20, max: 100 });
  assert.deepEqual(found.get("idle"), { nominal: 80, min: 40, max: 100 });
  const of = (busy: number, idle: number) =>
    allocate(
      [
        { limits: found.get("busy")!, wanted: busy },
        { limits: found.get("idle")!, wanted: idle },
      ],
      100,
    );
  assert.deepEqual(of(1000, 0), [60, 40]);
  assert.deepEqual(of(0, 0), [20, 80]);
  assert.deepEqual(of(1000, 1000), [20, 80]);
});

test("rules are about subjects, verbs, resources, namespaces and paths", () => {
  const rules = [
    {
      subjects: [{ kind: "ServiceAccount", serviceAccount: { namespace: "n", name: "*" } }],
      resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods/log"], namespaces: ["a"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["/healthz/*"] }],
    },
  ];
  assert.equal(rulesFor({ rules }, { user: "jane", groups: [] }), undefined);
  const own = rulesFor({ rules }, { user: "system:serviceaccount:n:x", groups: [] })!;
  const log = { verb: "get", group: "", version: "v1", resource: "pods", subresource: "log", namespace: "a" };
  assert.equal(matches(own, log), true);
  assert.equal(matches(own, { ...log, subresource: undefined }), false);
  assert.equal(matches(own, { ...log, namespace: undefined }), false);
  assert.equal(matches(own, { verb: "get", path: "/healthz/ping" }), true);
  assert.equal(matches(own, { verb: "get", path: "/healthz" }), false);
});

test("large lists take more seats", () => {
  assert.equal(listWidth(50, {}), 1);
  assert.equal(listWidth(950, {}), 10);
  assert.equal(listWidth(100_000, {}), 10);
  assert.equal(listWidth(100_000, { limit: 200 }), 2);
  assert.equal(listWidth(100_000, { fieldSelector: "metadata.name=x" }), 1);
});
