import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../lib/observe/logger.ts";
import { StopList } from "./stop-list.ts";

test("what was made last is undone first, once, whatever fails", async () => {
  const stops = new StopList(silentLogger);
  const done: string[] = [];
  const step = (name: string) => async () => {
    done.push(name);
    if (name === "second") throw new Error("cannot");
  };
  for (const name of ["first", "second", "third"]) stops.add(name, step(name));
  await stops.run();
  await stops.run();
  assert.deepEqual(done, ["third", "second", "first"]);
});
