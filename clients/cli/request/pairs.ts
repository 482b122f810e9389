import { CliError } from "../cli-error.ts";

/** Reads `a=b,c=d` as labels. @throws CliError for what is no pair */
export function readLabelPairs(text: string): Record<string, string> {
  return readPairs(text.split(",").filter(Boolean), "label");
}

/** Reads words of the form `key=value`. @throws CliError for what is none, named `what` */
export function readPairs(words: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf("=");
      if (equals < 1) throw new CliError(`unexpected ${what} ${JSON.stringify(word)}: expected key=value`);
      return [word.slice(0, equals).trim(), word.slice(equals + 1).trim()];
    }),
  );
}
