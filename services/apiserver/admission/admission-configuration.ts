import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isRecord } from "../../../lib/api/records.ts";

/** What admission plugins are told, by their names. */
export type AdmissionConfiguration = ReadonlyMap<string, unknown>;

/** Plugins that can be told something. */
const configurable = new Set(["EventRateLimit"]);

/**
 * Reads an `AdmissionConfiguration` of apiserver.config.k8s.io/v1; what it keeps in other files is looked for beside it.
 * @throws TypeError when it is none, or tells something to a plugin that takes nothing.
 */
export async function readAdmissionConfiguration(path: string): Promise<AdmissionConfiguration> {
  const { apiVersion, kind, plugins } = await readRecord(path);
  if (kind !== "AdmissionConfiguration" || !String(apiVersion).startsWith("apiserver.config.k8s.io/")) {
    throw new TypeError("admission is configured by an AdmissionConfiguration of apiserver.config.k8s.io/v1");
  }
  const found = new Map<string, unknown>();
  for (const plugin of Array.isArray(plugins) ? plugins.filter(isRecord) : []) {
    const { name, configuration, path: other } = plugin;
    if (typeof name !== "string" || !configurable.has(name)) {
      throw new TypeError(`the admission plugin ${JSON.stringify(name)} takes no configuration`);
    }
    const isElsewhere = typeof other === "string" && other !== "";
    found.set(name, isElsewhere ? await readRecord(resolve(dirname(path), other)) : configuration);
  }
  return found;
}

async function readRecord(path: string): Promise<Record<string, unknown>> {
  // Large, and most servers have no such file.
  const { parseYaml } = await import("../../../lib/api/yaml.ts");
  const [document] = parseYaml(readFileSync(path, "utf8"));
  if (isRecord(document?.value)) return document.value;
  throw new TypeError(`${path} holds no object`);
}
