import type { APIService } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { findCondition } from "../../../lib/api/conditions.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { compareVersions } from "../../../lib/api/resource-info.ts";
import type { Client } from "../../../lib/client/client.ts";

/** A kind of namespaced, deletable objects that another API server serves. */
export interface AggregatedKind {
  group: string;
  version: string;
  plural: string;
  verbs: readonly string[];
}

/** What other API servers serve, as far as they say. */
export interface AggregatedKinds {
  kinds: AggregatedKind[];
  /** Group versions of which no server says what they have. */
  undiscovered: string[];
  /** What is wrong with names of group versions. */
  misnamed: string[];
}

/** Asks every API server that extends this one for the kinds that live in namespaces; each in the version it prefers. */
export async function discoverAggregatedKinds(client: Client, signal: AbortSignal): Promise<AggregatedKinds> {
  const { items } = await client.apiregistration.v1.apiservices.list({ signal });
  const services = items.filter(({ spec }) => spec?.service).sort(preferredFirst);
  const found: AggregatedKinds = { kinds: [], undiscovered: [], misnamed: [] };
  const lists = await Promise.all(services.map((service) => resourcesOf(client, service, signal)));
  services.forEach(({ spec = {} }, index) => {
    const { group = "", version = "" } = spec;
    const list = lists[index];
    if (!list) found.undiscovered.push(`${group}/${version}`);
    else if (list.groupVersion.split("/").length > 2)
      found.misnamed.push(`unexpected GroupVersion string: ${list.groupVersion}`);
    else addKinds(found.kinds, group, version, list.resources);
  });
  found.undiscovered.sort();
  return found;
}

interface ResourceList {
  groupVersion: string;
  resources: readonly unknown[];
}

/** What the server says of its group version; undefined when it does not. */
async function resourcesOf(
  client: Client,
  { spec, status }: APIService,
  signal: AbortSignal,
): Promise<ResourceList | undefined> {
  if (findCondition(status?.conditions, "Available")?.status !== "True") return undefined;
  const path = `/apis/${spec?.group}/${spec?.version}`;
  try {
    const { object } = await client.call(DynamicServiceDefinition, "readPath", { path }, { signal });
    const { groupVersion, resources } = isRecord(object) ? object : {};
    return Array.isArray(resources) ? { groupVersion: String(groupVersion ?? ""), resources } : undefined;
  } catch {
    // Why is in the condition of its APIService, or will be soon.
    return undefined;
  }
}

function addKinds(kinds: AggregatedKind[], group: string, version: string, resources: readonly unknown[]): void {
  for (const resource of resources) {
    if (!isRecord(resource) || resource["namespaced"] !== true) continue;
    const { name, verbs: told } = resource;
    const verbs = Array.isArray(told) ? told.filter((verb) => typeof verb === "string") : [];
    if (typeof name !== "string" || name.includes("/") || !verbs.includes("delete")) continue;
    if (kinds.some((other) => other.group === group && other.plural === name)) continue;
    kinds.push({ group, version, plural: name, verbs });
  }
}

function preferredFirst({ spec: left = {} }: APIService, { spec: right = {} }: APIService): number {
  const byPriority = (right.versionPriority ?? 0) - (left.versionPriority ?? 0);
  return byPriority || compareVersions(left.version ?? "", right.version ?? "");
}
