import { CliError, UnknownKindError } from "./cli-error.ts";
import { type CommandEntry, commands } from "./command-list.ts";
import { Context } from "./context.ts";
import { explainError } from "./explain-error.ts";
import { longName, shortName } from "./flags.ts";
import { type GlobalFlags, globalFlags } from "./global-flags.ts";
import type { Io } from "./io.ts";
import { overview } from "./overview.ts";

/** Runs one command line; answers the exit code, after everything is written. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const contexts: Context[] = [];
  let context: Context | undefined;
  try {
    const { entry, words, rest } = findCommand(argv[0] === "help" ? [...argv.slice(1), "--help"] : argv);
    const asksForHelp = entry?.subcommands && rest.some((word) => word === "--help" || word === "-h");
    if (!entry?.load || asksForHelp) await io.stdout.write(overview(entry, words));
    if (!entry?.load) return 0;
    const { command } = await entry.load();
    const attempt = () =>
      command.run(words.join(" "), rest, (global: GlobalFlags) => {
        context = new Context(io, global);
        contexts.push(context);
        return context;
      });
    return await attempt().catch(async (error) => {
      // Nothing has been done yet: kinds are looked up before anything else.
      if (!(error instanceof UnknownKindError) || !context) throw error;
      await askForKinds(context).catch(() => {
        throw error;
      });
      return attempt();
    });
  } catch (error) {
    const { text, exitCode } = explainError(error, context?.address ?? "");
    if (text) await io.stderr.write(text);
    return exitCode;
  } finally {
    for (const used of contexts) await used.close();
  }
}

/** What it takes to know kinds is loaded by commands that need it. */
async function askForKinds(context: Context): Promise<void> {
  const { loadCustomKinds } = await import("./request/custom-kinds.ts");
  await loadCustomKinds(context);
}

interface Found {
  /** Undefined: the program itself. */
  entry: CommandEntry | undefined;
  words: string[];
  /** The command line without the command's words. */
  rest: string[];
}

/** Finds the command's words among the flags that may stand before them. */
function findCommand(argv: readonly string[]): Found {
  const rest = [...argv];
  const words: string[] = [];
  let entry: CommandEntry | undefined;
  let among: readonly CommandEntry[] | undefined = commands;
  while (among) {
    const at = firstWord(rest, words.length === 0);
    const word = rest[at];
    if (word === undefined) break;
    const next: CommandEntry | undefined = among.find(({ name, aliases }) => name === word || aliases?.includes(word));
    if (!next && entry?.load) break;
    // What stands behind a flag that is none was to be its value.
    const before = rest[at - 1];
    if (!next && words.length === 0 && before?.startsWith("--")) throw new CliError(`unknown flag: ${before}`);
    if (!next) throw unknownCommand(word, words, among);
    rest.splice(at, 1);
    words.push(next.name);
    entry = next;
    among = next.subcommands;
  }
  return { entry, words, rest };
}

const withValue = new Set(
  Object.values(globalFlags).flatMap((flag) => [
    `--${longName(flag)}`,
    ...(shortName(flag) ? [`-${shortName(flag)}`] : []),
  ]),
);

/** Flags before the command are global ones: their values are no words. */
function firstWord(argv: readonly string[], isFirst: boolean): number {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") break;
    if (withValue.has(word)) index++;
    else if (!word.startsWith("-")) return index;
    else if (isFirst && word === "--version")
      throw new CliError("unknown flag: --version; did you mean: typectl version");
  }
  return argv.length;
}

function unknownCommand(word: string, before: readonly string[], among: readonly CommandEntry[]): Error {
  const near = among.map(({ name }) => name).filter((name) => distance(name, word) <= 2 || name.startsWith(word));
  const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((name) => `\t${name}`).join("\n")}` : "";
  return new CliError(`unknown command ${JSON.stringify(word)} for "${["typectl", ...before].join(" ")}"${hint}`);
}

/** How many letters have to change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
