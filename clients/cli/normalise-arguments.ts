import { CliError } from "./cli-error.ts";
import { type Flag, type Flags, longName, shortName } from "./flags.ts";

/** A command line whose flags are all written `--name=value`. */
export interface NormalArguments {
  readonly before: readonly string[];
  /** What follows `--`; undefined when there is none. */
  readonly afterDash: readonly string[] | undefined;
}

/**
 * Reads flags as kubectl's are written: `-it`, `-nfoo`, `-o=json`, `--wait=false`, a value may begin with a dash, and a flag
 * that can stand alone takes a value only after `=`. What is no flag of `flags` stays as it is.
 */
export function normaliseArguments(argv: readonly string[], flags: Flags): NormalArguments {
  const dash = argv.indexOf("--");
  // A `--` that is the value of a flag is too odd to be looked for.
  const words = dash < 0 ? argv : argv.slice(0, dash);
  return { before: new Normaliser(words, flags).run(), afterDash: dash < 0 ? undefined : argv.slice(dash + 1) };
}

class Normaliser {
  readonly #words: readonly string[];
  readonly #byName = new Map<string, Flag<unknown>>();
  readonly #out: string[] = [];
  #at = 0;

  constructor(words: readonly string[], flags: Flags) {
    this.#words = words;
    for (const flag of Object.values(flags)) {
      this.#byName.set(longName(flag), flag);
      const short = shortName(flag);
      if (short) this.#byName.set(short, flag);
    }
  }

  run(): string[] {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++] ?? "";
      if (word.startsWith("--")) this.#long(word);
      else if (word.startsWith("-") && word !== "-") this.#letters(word);
      else this.#out.push(word);
    }
    return this.#out;
  }

  #long(word: string): void {
    const equals = word.indexOf("=");
    const flag = this.#byName.get(word.slice(2));
    if (equals >= 0 || !flag || word.length === 3) this.#out.push(word);
    else this.#give(flag, flag.alone ?? this.#next(word));
  }

  #letters(word: string): void {
    for (let index = 1; index < word.length; index++) {
      const letter = word[index] ?? "";
      const flag = this.#byName.get(letter);
      if (!flag) {
        if (letter === "h") this.#out.push("--help");
        else throw new CliError(`unknown shorthand flag: '${letter}' in ${word}`);
        continue;
      }
      const rest = word.slice(index + 1);
      if (rest.startsWith("=")) return this.#give(flag, rest.slice(1));
      if (flag.alone === undefined) return this.#give(flag, rest || this.#next(`'${letter}' in ${word}`));
      this.#give(flag, flag.alone);
    }
  }

  #next(what: string): string {
    const value = this.#words[this.#at++];
    if (value === undefined) throw new CliError(`flag needs an argument: ${what}`);
    return value;
  }

  #give(flag: Flag<unknown>, value: string): void {
    this.#out.push(`--${longName(flag)}=${value}`);
  }
}
