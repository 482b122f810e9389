import { CommanderError, Option, Command as Parser } from "commander";
import { CliError, Exit } from "./cli-error.ts";
import type { Context } from "./context.ts";
import { type Flag, FlagError, type Flags, type FlagValues, longName } from "./flags.ts";
import { type GlobalFlags, globalFlags } from "./global-flags.ts";
import { normaliseArguments } from "./normalise-arguments.ts";

/** What a command works on. */
export interface CommandInput<F extends Flags> {
  readonly context: Context;
  /** Words that are no flags, those after `--` left out. */
  readonly args: readonly string[];
  /** What follows `--`; undefined when there is none. */
  readonly afterDash: readonly string[] | undefined;
  readonly flags: FlagValues<F>;
}

export interface CommandDefinition<F extends Flags> {
  /** After the command's own words: `(-f FILENAME | TYPE [NAME])`. */
  readonly usage: string;
  readonly summary: string;
  readonly examples?: readonly string[];
  readonly flags: F;
  /** Answers the exit code, 0 when it answers nothing. */
  run(input: CommandInput<F>): Promise<number | void>;
}

/** A command that can be run with a command line. */
export interface RunnableCommand {
  readonly summary: string;
  /** Parses `argv` (without the command's own words) and runs; `name` is what the user called it. */
  run(name: string, argv: readonly string[], contextOf: (global: GlobalFlags) => Context): Promise<number>;
}

/** Makes a command of its definition; its flags and the global ones are parsed in kubectl's manner. */
export function defineCommand<F extends Flags>(definition: CommandDefinition<F>): RunnableCommand {
  const all = { ...globalFlags, ...definition.flags };
  return {
    summary: definition.summary,
    async run(name, argv, contextOf) {
      const { before, afterDash } = withHint(name, () => normaliseArguments(argv, all));
      const parser = parserOf(name, definition, all);
      withHint(name, () => parser.parse([...before], { from: "user" }));
      const context = contextOf(parser.opts<GlobalFlags>());
      if (parser.opts<{ help?: boolean }>().help) {
        await context.io.stdout.write(helpText(parser, definition));
        return 0;
      }
      const flags = parser.opts<FlagValues<F>>();
      return (await definition.run({ context, args: parser.args, afterDash, flags })) ?? 0;
    },
  };
}

function parserOf<F extends Flags>(name: string, definition: CommandDefinition<F>, flags: Flags): Parser {
  const parser = new Parser(`typectl ${name}`)
    .usage(`${definition.usage} [options]`)
    .description(definition.summary)
    .argument("[arguments...]")
    .allowExcessArguments()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .configureHelp({
      optionDescription: describeOption,
      optionTerm: (option) => option.flags.replace(/ \[value\]$/, ""),
      visibleOptions: (command) => command.options.filter((option) => !option.hidden),
      visibleArguments: () => [],
      sortOptions: true,
    });
  for (const [key, flag] of Object.entries(flags)) parser.addOption(optionOf(flag, Object.hasOwn(globalFlags, key)));
  parser.addOption(new Option("-h, --help", "Show this help"));
  return parser;
}

/** A flag's help, with its default where it has one that tells something. */
function describeOption({ description, defaultValue }: Option): string {
  const tells =
    typeof defaultValue === "string" ? defaultValue !== "" && defaultValue !== "none" : defaultValue === true;
  return tells ? `${description} (default: ${defaultValue})` : description;
}

function helpText<F extends Flags>(parser: Parser, { examples = [] }: CommandDefinition<F>): string {
  const shown = examples.length > 0 ? `\nExamples:\n${examples.map((line) => `  ${line}\n`).join("")}` : "";
  return `${parser.helpInformation()}${shown}\nUse "typectl options" for a list of flags that every command has.\n`;
}

function optionOf(flag: Flag<unknown>, isGlobal: boolean): Option {
  const syntax = flag.alone === undefined ? flag.syntax : `${flag.syntax} [value]`;
  const option = new Option(syntax, flag.help).argParser((value: string, before: unknown) =>
    taken(flag, value, before),
  );
  option.default(flag.initial);
  // `--no-headers` is a flag of its own, not the opposite of one.
  option.negate = false;
  return isGlobal ? option.hideHelp() : option;
}

function taken(flag: Flag<unknown>, value: string, before: unknown): unknown {
  try {
    return flag.take(value, before);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const short = /^-(\w), /.exec(flag.syntax)?.[1];
    const name = short ? `-${short}, --${longName(flag)}` : `--${longName(flag)}`;
    throw new CliError(`invalid argument ${JSON.stringify(value)} for "${name}" flag: ${error.message}`);
  }
}

/** Translates what the parser complains of into kubectl's words. */
function withHint<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const hint = `\nSee 'typectl ${name} --help' for usage.`;
    if (error instanceof CliError) throw new CliError(error.message + hint);
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.unknownOption") {
      const flag = /'(-[^'=]*)/.exec(error.message)?.[1] ?? "";
      throw new CliError(`unknown flag: ${flag}${hint}`);
    }
    if (error.exitCode === 0) throw new Exit(0);
    throw new CliError(error.message.replace(/^error: /, "") + hint);
  }
}
