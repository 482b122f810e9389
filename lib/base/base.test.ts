import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linkedAbort, onAbort, untilAborted } from "./abort.ts";
import { Lru } from "./lru.ts";
import { clonePlain, deepFreeze } from "./plain-data.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

describe("abort", () => {
  test("calls back once, at once when it is too late, and not after being taken back", () => {
    let calls = 0;
    const count = () => {
      calls++;
    };
    const abort = new AbortController();
    onAbort(abort.signal, count);
    onAbort(abort.signal, count)();
    abort.abort();
    onAbort(abort.signal, count);
    assert.equal(calls, 2);
  });

  test("breaks a promise off with the signal's reason", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const waiting = untilAborted(new Promise(() => {}), abort.signal);
    abort.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    assert.equal(await untilAborted(Promise.resolve(1), new AbortController().signal), 1);
  });

  test("links controllers to their parents until they are released", () => {
    const parent = new AbortController();
    const linked = linkedAbort(parent.signal, undefined);
    const released = linkedAbort(parent.signal);
    released.release();
    parent.abort(new Error("above"));
    assert.equal(linked.abort.signal.reason.message, "above");
    assert.equal(released.abort.signal.aborted, false);
  });
});

describe("plain data", () => {
  test("is copied deeply, without what is undefined, and can be changed then", () => {
    const bytes = new Uint8Array([1]);
    const source = deepFreeze({ a: [{ b: 1 }], c: undefined, d: null, bytes });
    const copy = clonePlain(source);
    assert.deepEqual(copy, { a: [{ b: 1 }], d: null, bytes });
    copy.a[0]!.b = 2;
    assert.equal(source.a[0]!.b, 1);
  });

  test("keeps members named like JavaScript's own", () => {
    const copy = clonePlain(JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'));
    assert.equal(JSON.stringify(copy), '{"__proto__":{"x":1},"constructor":2}');
    assert.equal(copy.x, undefined);
  });

  test("is frozen throughout", () => {
    const value = deepFreeze({ a: [{ b: { c: 1 } }] });
    assert.ok(Object.isFrozen(value.a) && Object.isFrozen(value.a[0]?.b));
  });
});

describe("a token bucket", () => {
  test("allows a burst and then its rate", async () => {
    const clock = new SimulatedClock();
    const bucket = new TokenBucket({ perSecond: 2, burst: 3, clock });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.tryTake()),
      [true, true, true, false],
    );
    await clock.advance(500);
    assert.deepEqual([bucket.tryTake(), bucket.tryTake()], [true, false]);
    assert.equal(bucket.reserve(), 500);
    assert.equal(bucket.reserve(), 1_000);
  });
});

describe("an LRU map", () => {
  test("drops what was used longest ago", () => {
    const lru = new Lru<string, number>(2);
    lru.set("a", 1);
    lru.set("b", 2);
    lru.get("a");
    lru.set("c", 3);
    assert.deepEqual([lru.get("a"), lru.get("b"), lru.get("c"), lru.size], [1, undefined, 3, 2]);
  });
});
