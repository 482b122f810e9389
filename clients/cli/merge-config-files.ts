import { dirname, resolve } from "node:path";
import { isRecord, type JsonRecord } from "../../lib/api/records.ts";
import { readConfigFile, textOf } from "./config-file.ts";

const lists = ["clusters", "contexts", "users"] as const;
const pathKeys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** Reads several kubeconfigs as one: of entries with the same name, and of current contexts, the first is meant. */
export async function mergeConfigFiles(paths: readonly string[]): Promise<JsonRecord> {
  const configs: JsonRecord[] = [];
  for (const path of paths) configs.push(withFullPaths(await readConfigFile(path), dirname(resolve(path))));
  const current = configs.map((config) => textOf(config, "current-context")).find(Boolean) ?? "";
  const merged: JsonRecord = { apiVersion: "v1", kind: "Config", preferences: {}, "current-context": current };
  for (const list of lists) merged[list] = firstOfEachName(configs.flatMap((config) => itemsOf(config[list])));
  return merged;
}

function itemsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function firstOfEachName(items: readonly JsonRecord[]): JsonRecord[] {
  return [...new Map(items.toReversed().map((item) => [item["name"], item])).values()].toReversed();
}

/** Paths in a kubeconfig are meant from where it lies. */
function withFullPaths(value: JsonRecord, folder: string): JsonRecord {
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    // The program that finds out who the user is may be a mere name.
    const isPath = pathKeys.includes(key) || (key === "command" && String(inner).includes("/"));
    if (typeof inner === "string" && isPath) return [key, resolve(folder, inner)];
    if (Array.isArray(inner))
      return [key, inner.map((item: unknown) => (isRecord(item) ? withFullPaths(item, folder) : item))];
    return [key, isRecord(inner) ? withFullPaths(inner, folder) : inner];
  });
  return Object.fromEntries(entries);
}
