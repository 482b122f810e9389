import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("what is due in months is not due at once", async () => {
  let isDue = false;
  const cancel = systemClock.schedule(2 ** 32, () => {
    isDue = true;
  });
  await systemClock.sleep(10);
  cancel();
  assert.equal(isDue, false);
});
