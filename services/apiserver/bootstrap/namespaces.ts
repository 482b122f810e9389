import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Core } from "../core.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { create } from "../verbs/create.ts";
import { itself } from "./itself.ts";

const names = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Makes the namespaces that every cluster has. */
export async function createNamespaces(core: Core, namespaces: ResourceInfo): Promise<void> {
  const cache = core.cache.cacheOf(namespaces);
  const missing = names.filter((name) => !cache.get(storeKey(namespaces, undefined, name)));
  await Promise.all(
    missing.map(async (name) => {
      try {
        await create(core, namespaces, { object: { metadata: { name } } }, itself);
      } catch (error) {
        if (!isStatusError(error, "AlreadyExists")) throw error;
      }
    }),
  );
}
