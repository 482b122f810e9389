import { existsSync } from "node:fs";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { isRecord, type JsonRecord } from "../../lib/api/records.ts";
import { parseYaml } from "../../lib/api/yaml.ts";
import { CliError } from "./cli-error.ts";
import { formatGoYaml } from "./print/yaml.ts";

/** Reads a kubeconfig as it is written. A file that does not exist is an empty one. @throws CliError */
export async function readConfigFile(path: string): Promise<JsonRecord> {
  if (!existsSync(path))
    return {
      apiVersion: "v1",
      kind: "Config",
      clusters: null,
      contexts: null,
      "current-context": "",
      preferences: {},
      users: null,
    };
  const value = parseYaml(await readFile(path, "utf8"))[0]?.value;
  if (!isRecord(value)) throw new CliError(`${path} is not a kubeconfig`);
  return value;
}

/** Writes a kubeconfig, readable by its owner alone; it changes whole or not at all. */
export async function writeConfigFile(path: string, config: JsonRecord): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, formatGoYaml(config), { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, path);
}

/** One of the named entries of a kubeconfig's list. */
export interface NamedEntry {
  readonly name: string;
  /** What the entry says; the object in the config itself. */
  readonly value: JsonRecord;
}

/** The contexts, clusters or users of a kubeconfig. */
export function entriesOf(config: JsonRecord, list: "contexts" | "clusters" | "users"): NamedEntry[] {
  const items: unknown[] = Array.isArray(config[list]) ? config[list] : [];
  const member = list.slice(0, -1);
  return items.filter(isRecord).map((item) => {
    const value = item[member];
    return { name: String(item["name"] ?? ""), value: isRecord(value) ? value : {} };
  });
}

/** A text of an entry, empty when there is none. */
export function textOf(value: JsonRecord, key: string): string {
  const found = value[key];
  return typeof found === "string" ? found : "";
}
