import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { type Limited, RequestDeadlines } from "./request-deadlines.ts";

test("a request ends at its own limit, and nothing waits for one that was answered", async () => {
  const clock = new SimulatedClock();
  const expired: Limited[] = [];
  const deadlines = new RequestDeadlines<Limited>(clock, 60_000, (request) => expired.push(request));
  const [answered, late] = [request(), request()];
  const deadline = deadlines.begin(answered, "5s");
  deadlines.begin(late, "5s");
  deadlines.end(deadline);
  assert.equal(clock.pending, 1);
  await clock.advance(5_000);
  assert.deepEqual(expired, [late]);
});

test("requests without a limit of their own end in the order in which they began, but for those that were answered", async () => {
  const clock = new SimulatedClock();
  const expired: Limited[] = [];
  const deadlines = new RequestDeadlines<Limited>(clock, 60_000, (request) => expired.push(request));
  const requests = Array.from({ length: 5 }, request);
  const begun = requests.map((each) => deadlines.begin(each));
  for (const index of [0, 2, 4]) deadlines.end(begun[index]!);
  await clock.advance(61_000);
  assert.deepEqual(expired, [requests[1], requests[3]]);
  assert.equal(clock.pending, 0);
  for (const deadline of begun) deadlines.end(deadline);
  deadlines.begin(request());
  await clock.advance(61_000);
  assert.equal(expired.length, 3);
});

function request(): Limited {
  return { isLongRunning: false, gone: false };
}
