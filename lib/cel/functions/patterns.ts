import type { Environment } from "@marcbachmann/cel-js";
import { spend } from "../meter.ts";
import { compilePattern } from "../pattern.ts";

/** What takes the place of the language's `matches`. */
export const linearMatches = "matchesPattern";

const patternCharactersMax = 1_000;
/** A repetition of something that repeats, or of a choice: the search would go through all ways of sharing the text out. */
const nestedRepetition = /\((?:[^()\\]|\\.)*[*+}|](?:[^()\\]|\\.)*\)\s*(?:[*+]|\{\d+,)/;

/** Patterns in texts. */
export function registerPatterns(environment: Environment): void {
  environment
    .registerFunction(`string.${linearMatches}(string): bool`, matches)
    .registerFunction(`${linearMatches}(string, string): bool`, matches)
    .registerFunction("string.find(string): string", (text: string, pattern: string) => {
      return matches(text, pattern) ? (text.match(search(pattern, "u"))?.[0] ?? "") : "";
    })
    .registerFunction("string.findAll(string): list<string>", findAll)
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, count: bigint) =>
      count < 0n ? findAll(text, pattern) : findAll(text, pattern).slice(0, Number(count)),
    );
}

function matches(text: string, pattern: string): boolean {
  spend((text.length * pattern.length) / 40);
  return compilePattern(pattern)(text);
}

function findAll(text: string, pattern: string): string[] {
  return matches(text, pattern) ? [...text.matchAll(search(pattern, "gu"))].map(([found]) => found) : [];
}

/** Where a pattern is, only the machine's own expressions say: for patterns that cannot take them long. */
function search(pattern: string, flags: string): RegExp {
  if (pattern.length > patternCharactersMax || nestedRepetition.test(pattern))
    throw new RangeError(`the pattern ${JSON.stringify(pattern.slice(0, 80))} is too complex to be searched for`);
  const insensitive = pattern.startsWith("(?i)");
  const source = (insensitive ? pattern.slice(4) : pattern).replaceAll("(?P<", "(?<");
  return new RegExp(source, insensitive ? `${flags}i` : flags);
}
