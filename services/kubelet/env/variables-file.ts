import { ConfigError } from "./config-error.ts";

/**
 * The variables of a file, `NAME=value` a line. Empty lines and those that begin with `#` count for nothing; a backslash at
 * the end of a line joins the next to it, with a space. @throws ConfigError for any other line.
 */
export function parseVariables(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    let line = (lines[index] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const number = index + 1;
    while (line.endsWith("\\")) {
      const next = (lines[++index] ?? "").trim();
      if (next === "" || next.startsWith("#")) throw new ConfigError(`line ${number} is continued by none`);
      line = `${line.slice(0, -1).trimEnd()} ${next}`;
    }
    const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new ConfigError(`line ${number} is no NAME=value`);
    variables.set(name.trim(), value.trim());
  }
  return variables;
}
