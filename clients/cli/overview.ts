import { type CommandEntry, commands } from "./command-list.ts";

/** What the program, or a group of its commands, can do. */
export function overview(entry: CommandEntry | undefined, words: readonly string[]): string {
  const name = ["typectl", ...words].join(" ");
  const listed = entry?.subcommands ?? commands;
  const width = Math.max(...listed.map((one) => one.name.length)) + 2;
  const lines = listed.map((one) => `  ${one.name.padEnd(width)}${one.summary}`);
  const about = entry?.summary ?? "typectl controls a Typernetes cluster: kubectl's grammar, over gRPC.";
  return `${about}\n\nUsage: ${name} <command> [options]\n\nCommands:\n${lines.join("\n")}\n\nUse "${name} <command> --help" for more information about a command.\n`;
}
