import assert from "node:assert/strict";
import { test } from "node:test";
import { holdName } from "./hold-name.ts";

test("a name is held by one at a time", async () => {
  const name = `typernetes/test/${process.pid}`;
  const release = await holdName(name);
  assert.ok(release);
  assert.equal(await holdName(name), undefined);
  await release();
  const again = await holdName(name);
  assert.ok(again);
  await again();
});
