import type { IncomingHttpHeaders } from "node:http";

type Yaml = typeof import("../../../lib/api/yaml.ts");

let loaded: Yaml | undefined;

/** Loads YAML for a request that speaks of it. It is large, few requests do, and the server's start need not wait for it. */
export async function loadYamlFor({ accept, "content-type": contentType }: IncomingHttpHeaders): Promise<void> {
  if (loaded || !(accept?.includes("yaml") || contentType?.includes("yaml"))) return;
  loaded = await import("../../../lib/api/yaml.ts");
}

/** What `loadYamlFor` has loaded. */
export function yamlNow(): Yaml {
  if (!loaded) throw new Error("YAML is not loaded");
  return loaded;
}
