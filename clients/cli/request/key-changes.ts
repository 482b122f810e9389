import { CliError } from "../cli-error.ts";

/** What becomes of keys: a value, or null for those that go. */
export type KeyChanges = Readonly<Record<string, string | null>>;

/** Parts resources from changes, written `key=value` or `key-`. @throws CliError when there are no changes */
export function splitKeyChanges(args: readonly string[], what: string): { resources: string[]; changes: KeyChanges } {
  const isChange = (word: string) => /^[^/=]+(?:\/[^=]+)?=/.test(word) || word.endsWith("-");
  const first = args.findIndex(isChange);
  const at = first < 0 ? args.length : first;
  const changes: Record<string, string | null> = {};
  for (const word of args.slice(at)) {
    const equals = word.indexOf("=");
    if (equals > 0) changes[word.slice(0, equals)] = word.slice(equals + 1);
    else if (word.endsWith("-") && word.length > 1) changes[word.slice(0, -1)] = null;
    else throw new CliError(`all resources must be specified before ${what} changes: ${word}`);
  }
  if (Object.keys(changes).length === 0) throw new CliError(`at least one ${what} update is required`);
  return { resources: args.slice(0, at), changes };
}

/** @throws CliError when a key has another value already */
export function checkOverwrite(
  present: Readonly<Record<string, string>> | undefined,
  changes: KeyChanges,
  say: (key: string, value: string) => string,
): void {
  for (const [key, value] of Object.entries(changes)) {
    const old = present?.[key];
    if (value !== null && old !== undefined && old !== value) throw new CliError(say(key, old));
  }
}
