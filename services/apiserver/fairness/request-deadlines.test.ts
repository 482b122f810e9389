import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { type Limited, RequestDeadlines } from "./request-deadlines.ts";

test("a request ends at its own limit, and nothing waits for one that was answered", async () => {
  const clock = new SimulatedClock();
  const expired: Limited[] = [];
  const deadlines = new RequestDeadlines<Limited>(clock, 60_000, (request) => expired.push(request));
  const [answered, late] = [request(), request()];
  deadlines.begin(answered, "5s");
  deadlines.begin(late, "5s");
  deadlines.end(answered);
  assert.equal(clock.pending, 1);
  await clock.advance(5_000);
  assert.deepEqual(expired, [late]);
});

function request(): Limited {
  return { isLongRunning: false, gone: false };
}
