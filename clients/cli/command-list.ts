import type { RunnableCommand } from "./command.ts";

/** A command and where it is; loaded only when it is run, so that the program starts fast. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly load?: () => Promise<{ command: RunnableCommand }>;
  readonly subcommands?: readonly CommandEntry[];
}

/** Every command, in the order of the overview. */
export const commands: readonly CommandEntry[] = [
  { name: "get", summary: "Display one or many resources", load: () => import("./commands/get.ts") },
];
