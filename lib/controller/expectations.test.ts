import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { Expectations } from "./expectations.ts";

describe("expectations", () => {
  test("are satisfied when nothing is expected", () => {
    assert.equal(new Expectations(new SimulatedClock()).satisfied("a"), true);
  });

  test("hold until all creations were seen", () => {
    const expectations = new Expectations(new SimulatedClock());
    expectations.expectCreations("a", 2);
    expectations.creationObserved("a");
    assert.equal(expectations.satisfied("a"), false);
    expectations.creationObserved("b");
    expectations.creationObserved("a");
    assert.equal(expectations.satisfied("a"), true);
    expectations.creationObserved("a");
    assert.equal(expectations.satisfied("a"), true);
  });

  test("hold until each named deletion was seen, once", () => {
    const expectations = new Expectations(new SimulatedClock());
    expectations.expectDeletions("a", ["1", "2"]);
    expectations.deletionObserved("a", "1");
    expectations.deletionObserved("a", "1");
    assert.equal(expectations.satisfied("a"), false);
    expectations.deletionObserved("a", "2");
    assert.equal(expectations.satisfied("a"), true);
  });

  test("hold no longer than five minutes, and not for an owner that has gone", async () => {
    const clock = new SimulatedClock();
    const expectations = new Expectations(clock);
    expectations.expectCreations("slow", 1);
    expectations.expectCreations("gone", 1);
    expectations.forget("gone");
    assert.deepEqual([expectations.satisfied("slow"), expectations.satisfied("gone")], [false, true]);
    await clock.advance(5 * 60_000 + 1);
    assert.equal(expectations.satisfied("slow"), true);
  });
});
