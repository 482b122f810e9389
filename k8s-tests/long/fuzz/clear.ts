import type { FuzzedServer } from "./fuzzed-server.ts";
import { customKinds } from "./odd-definition.ts";
import type { FuzzedKind } from "./odd-request.ts";

interface Held {
  metadata: { name: string; namespace?: string; finalizers?: string[] };
}

const patchHeaders = { "content-type": "application/merge-patch+json" };

/** Deletes what a run has made, with what holds it; its namespaces stay. */
export async function clear(server: FuzzedServer, kinds: readonly FuzzedKind[]): Promise<void> {
  const others = kinds.filter(({ group, plural }) => group !== "" || plural !== "namespaces");
  for (const kind of [...customKinds, ...others]) {
    for (let round = 0; round < 100 && (await clearPage(server, kind)); round++);
  }
}

/** Whether there was anything. */
async function clearPage(server: FuzzedServer, { group, version, plural, namespaced }: FuzzedKind): Promise<boolean> {
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const text = await server.ask("GET", `${base}/${plural}?limit=500`);
  // Of a group that nothing is served of, nobody speaks JSON.
  const list = text.startsWith("{") ? (JSON.parse(text) as { items?: Held[] }) : {};
  const made = (list.items ?? []).filter(({ metadata }) => /^fuzz/.test(metadata.name));
  for (const { metadata } of made) {
    const place = namespaced ? `/namespaces/${metadata.namespace}` : "";
    const path = `${base}${place}/${plural}/${metadata.name}`;
    await server.ask("DELETE", `${path}?gracePeriodSeconds=0&propagationPolicy=Background`);
    if (metadata.finalizers) await server.ask("PATCH", path, { metadata: { finalizers: null } }, patchHeaders);
  }
  return made.length > 0;
}
