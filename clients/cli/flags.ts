import { DurationError, parseGoDuration } from "../../lib/api/go-duration.ts";

/** One flag of a command: how it is written and what it stands for. */
export interface Flag<T> {
  /** `-o, --output <format>`; the name in the program is the long one in camelCase. */
  readonly syntax: string;
  readonly help: string;
  readonly initial: T;
  /** What the flag means when it stands alone; absent: it needs a value. */
  readonly alone?: string;
  /** The value after the flag was given with `text`. @throws FlagError */
  take(text: string, before: T): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What the flags of a command stand for. */
export type FlagValues<F> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** A value that a flag cannot take. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

export function text(syntax: string, help: string, initial = ""): Flag<string> {
  return { syntax, help, initial, take: (value) => value };
}

/** A text that may be left out: `--dry-run` is `--dry-run=<alone>`. */
export function optionalText(syntax: string, help: string, initial: string, alone: string): Flag<string> {
  return { ...text(syntax, help, initial), alone };
}

/** Texts; the flag may be repeated, and each may hold several, parted by commas. */
export function list(syntax: string, help: string): Flag<readonly string[]> {
  return { syntax, help, initial: [], take: (value, before) => [...before, ...value.split(",")] };
}

/** Texts that may hold commas. */
export function plainList(syntax: string, help: string): Flag<readonly string[]> {
  return { syntax, help, initial: [], take: (value, before) => [...before, value] };
}

export function toggle(syntax: string, help: string, initial = false): Flag<boolean> {
  return { syntax, help, initial, alone: "true", take: readBoolean };
}

export function integer(syntax: string, help: string, initial: number): Flag<number> {
  return { syntax, help, initial, take: readInteger };
}

/** Milliseconds, written as `5s` or `2m`; a bare number is seconds where `bareSeconds`. */
export function duration(syntax: string, help: string, initialMs: number, bareSeconds = false): Flag<number> {
  return { syntax, help, initial: initialMs, take: (value) => readDuration(value, bareSeconds) };
}

function readBoolean(value: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return false;
  throw new FlagError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function readInteger(value: string): number {
  if (!/^[+-]?\d{1,15}$/.test(value))
    throw new FlagError(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

function readDuration(value: string, bareSeconds: boolean): number {
  if (bareSeconds && /^\d+$/.test(value)) return Number(value) * 1000;
  try {
    return parseGoDuration(value);
  } catch (error) {
    throw error instanceof DurationError ? new FlagError(error.message) : error;
  }
}

/** The long name of a flag, without dashes. */
export function longName(flag: Pick<Flag<unknown>, "syntax">): string {
  return /--([\w-]+)/.exec(flag.syntax)?.[1] ?? "";
}

/** The letter of a flag, if it has one. */
export function shortName(flag: Pick<Flag<unknown>, "syntax">): string | undefined {
  return /^-(\w)\b/.exec(flag.syntax)?.[1];
}
