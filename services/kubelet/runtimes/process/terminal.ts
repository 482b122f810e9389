import { shellWords } from "./shell-words.ts";

/** The words that run a command on a terminal of its own, whose other side is stdin and stdout. */
export function terminalCommand(words: readonly string[]): string[] {
  return ["script", "--quiet", "--flush", "--return", "--command", `exec ${shellWords(words)}`, "/dev/null"];
}
