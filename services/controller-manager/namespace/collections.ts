import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { AggregatedKind } from "./aggregated-kinds.ts";

/** The objects of one kind in one namespace. */
export interface Collection {
  readonly group: string;
  readonly plural: string;
  /** All of them, or as many as `limit`; none where they cannot be listed. */
  list(limit?: number): Promise<readonly KubernetesObject[]>;
  /** Asks for all of them to be deleted. */
  deleteAll(): Promise<void>;
}

/** Of a kind that this cluster stores. */
export function storedCollection(kind: ResourceClient<KubernetesObject>, namespace: string): Collection {
  return {
    group: kind.group,
    plural: kind.plural,
    list: async (limit) => (await kind.list({ namespace, ...(limit !== undefined && { limit }) })).items,
    deleteAll: async () => {
      await kind.deleteCollection({ namespace, deleteOptions: { propagationPolicy: "Background" } });
    },
  };
}

/** Of a kind that another API server serves. */
export function aggregatedCollection(client: Client, kind: AggregatedKind, namespace: string): Collection {
  const { group, version, plural, verbs } = kind;
  const base = `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const remove = (path: string) =>
    client.call(DynamicServiceDefinition, "deletePath", { path: `${path}?propagationPolicy=Background` });
  const list = async (limit?: number) => {
    if (!verbs.includes("list")) return [];
    const path = limit === undefined ? base : `${base}?limit=${limit}`;
    const { object } = await client.call(DynamicServiceDefinition, "readPath", { path });
    const items = isRecord(object) ? object["items"] : undefined;
    return Array.isArray(items) ? items.filter((item): item is KubernetesObject => isRecord(item)) : [];
  };
  return {
    group,
    plural,
    list,
    deleteAll: async () => {
      if (verbs.includes("deletecollection")) return void (await remove(base));
      for (const { metadata } of await list()) {
        await remove(`${base}/${encodeURIComponent(metadata?.name ?? "")}`).catch((error) => {
          if (!isStatusError(error, "NotFound")) throw error;
        });
      }
    },
  };
}
