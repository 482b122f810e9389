import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandError, runCommand } from "./command.ts";
import { bridgeNetworkProblem } from "./network-ability.ts";

test("this machine can make bridges and rules", async () => {
  assert.equal(await bridgeNetworkProblem(), undefined);
});

test("a command that fails says what it said", async () => {
  const failing = runCommand(["sh", "-c", "echo reason >&2; exit 3"]);
  await assert.rejects(
    failing,
    (error) => error instanceof CommandError && error.exitCode === 3 && /reason/.test(error.message),
  );
  await assert.rejects(runCommand(["no-such-program"]), CommandError);
  await assert.rejects(runCommand(["sleep", "100"], { timeoutMs: 50 }), /killed by SIGTERM/);
});
