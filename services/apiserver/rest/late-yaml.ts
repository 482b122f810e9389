import type { IncomingHttpHeaders } from "node:http";

type Yaml = typeof import("../../../lib/api/yaml.ts");

let loaded: Yaml | undefined;

/** Whether a request needs YAML that is not loaded. */
export function needsYaml({ accept, "content-type": contentType }: IncomingHttpHeaders): boolean {
  return !loaded && (accept?.includes("yaml") || contentType?.includes("yaml") || false);
}

/** Loads YAML. It is large, few requests speak of it, and the server's start need not wait for it. */
export async function loadYaml(): Promise<void> {
  loaded = await import("../../../lib/api/yaml.ts");
}

/** What `loadYaml` has loaded. */
export function yamlNow(): Yaml {
  if (!loaded) throw new Error("YAML is not loaded");
  return loaded;
}
