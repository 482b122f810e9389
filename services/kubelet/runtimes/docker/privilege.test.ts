import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceFiles, privilegedOptions } from "./privilege.ts";

test("a privileged container has the machine's devices, but no terminals of others, which end at any time", () => {
  const paths = deviceFiles("/dev");
  assert.ok(paths.includes("/dev/null") && paths.includes("/dev/full"));
  assert.deepEqual(
    paths.filter((path) => /^\/dev\/(pts|shm|mqueue|fd|console)(\/|$)/.test(path)),
    [],
  );
  const given = JSON.stringify(privilegedOptions(["CHOWN"]).Devices);
  assert.ok(given.includes('"/dev/null"') && !given.includes("/dev/pts"));
});
