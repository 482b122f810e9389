import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreEvent } from "../store.ts";
import { batchEventsMax, RecentEvents } from "./recent-events.ts";

const limits = { events: 100, bytes: 1_000_000 };

function event(revision: number, key = `/a/${revision}`): StoreEvent {
  return { key, revision, value: Buffer.from("x") };
}

test("what is read is what came after a revision, under a prefix", () => {
  const recent = new RecentEvents(10, limits);
  recent.append([event(11), event(12, "/b/1"), event(13)], 15);
  assert.deepEqual(recent.read("/a/", 10), { events: [event(11), event(13)], revision: 15 });
  assert.deepEqual(recent.read("/a/", 11), { events: [event(13)], revision: 15 });
  assert.deepEqual(recent.read("/c/", 10), { events: [], revision: 15 });
  assert.equal(recent.covers(10), true);
  assert.equal(recent.covers(9), false);
});

test("old events make room for new ones, and it is known which are gone", () => {
  const recent = new RecentEvents(0, limits);
  for (let revision = 1; revision <= 1000; revision++) recent.append([event(revision)], revision);
  assert.equal(recent.covers(0), false);
  assert.equal(recent.covers(949), true);
  const oldest = Array.from({ length: 1000 }, (_, revision) => revision).find((revision) => recent.covers(revision));
  assert.ok(oldest !== undefined && oldest >= 900);
  assert.deepEqual(
    recent.read("/", oldest).events.map(({ revision }) => revision),
    Array.from({ length: 1000 - oldest }, (_, index) => oldest + 1 + index),
  );
});

test("events of one revision stay together, in a batch and when they are dropped", () => {
  const recent = new RecentEvents(0, { events: 1000, bytes: 1_000_000 });
  const removal = (index: number) => event(2, `/a/${index}`);
  recent.append([event(1), ...Array.from({ length: batchEventsMax + 50 }, (_, index) => removal(index)), event(3)], 3);
  const first = recent.read("/", 0);
  assert.deepEqual([first.events.length, first.revision], [batchEventsMax + 51, 2]);
  assert.deepEqual(recent.read("/", first.revision), { events: [event(3)], revision: 3 });
  const small = new RecentEvents(0, { events: 10, bytes: 1_000_000 });
  small.append(
    Array.from({ length: 11 }, (_, index) => event(1, `/a/${index}`)),
    1,
  );
  assert.equal(small.covers(0), false);
  assert.deepEqual(small.read("/", 1), { events: [], revision: 1 });
});
