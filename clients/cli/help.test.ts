import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommandEntry, commands } from "./command-list.ts";
import { runCli } from "./test-cluster.ts";

function runnable(entries: readonly CommandEntry[], before: readonly string[] = []): string[][] {
  return entries.flatMap((entry) => {
    const words = [...before, entry.name];
    const below = runnable(entry.subcommands ?? [], words);
    // With subcommands, --help tells of these.
    return entry.load && !entry.subcommands ? [words, ...below] : below;
  });
}

test("every command explains itself with examples of itself", async () => {
  for (const words of runnable(commands)) {
    const { code, stdout } = await runCli([...words, "--help"]);
    const [, examples = ""] = stdout.split("\nExamples:\n");
    assert.deepEqual([words, code], [words, 0]);
    assert.ok(examples.includes(`typectl ${words.join(" ")}`), `${words.join(" ")} shows no example of itself`);
  }
});

test("completion of every shell knows every command", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await runCli(["completion", shell]);
    const known = new Set(stdout.split(/[^\w-]+/));
    for (const words of runnable(commands))
      for (const word of words) assert.ok(known.has(word), `${shell} does not complete ${word}`);
  }
});
