import { shellWords } from "./shell-words.ts";
import type { Tools } from "./tools.ts";

/** The words that run a command, after `prelude`, on a terminal of its own, whose other side is stdin and stdout. */
export function terminalCommand(words: readonly string[], prelude = ""): string[] {
  const command = `${prelude}exec ${shellWords(words)}`;
  return ["script", "--quiet", "--flush", "--return", "--command", command, "/dev/null"];
}

/**
 * The words that make the next command the leader of a session of its own in its own process namespace, with the
 * terminal: shells need that for job control.
 */
export function takeTerminal(tools: Tools): string[] {
  return [...tools.command("setsid"), "--ctty"];
}
