import { ConfigError } from "./config-error.ts";

/** Replaces `$(NAME)` by the variable's value; unknown names stay as written, and `$$` stands for one dollar sign. */
export function expandVariables(text: string, values: Pick<ReadonlyMap<string, string>, "get">): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return values.get(name) ?? match;
  });
}

/** The same where every name must be known. @throws ConfigError for one that is not. */
export function expandKnownVariables(text: string, values: ReadonlyMap<string, string>): string {
  return expandVariables(text, {
    get: (name) => {
      const value = values.get(name);
      if (value === undefined) throw new ConfigError(`missing value for "${name}"`);
      return value;
    },
  });
}
