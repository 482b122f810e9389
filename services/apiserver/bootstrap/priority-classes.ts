import type { PriorityClass } from "../../../gen/typernetes/scheduling/v1/priority_class.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { storeKey } from "../resource-info.ts";
import { create } from "../verbs/create.ts";
import { itself } from "./itself.ts";

/** The classes of what a cluster cannot do without. */
export const systemPriorityClasses: readonly (ApiObject & PriorityClass)[] = [
  {
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
    preemptionPolicy: "PreemptLowerPriority",
  },
  {
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    preemptionPolicy: "PreemptLowerPriority",
  },
];

/** Stores the classes that are missing. */
export async function createPriorityClasses(core: Core): Promise<void> {
  const classes = core.resource("scheduling.k8s.io", "priorityclasses");
  const cache = core.cache.cacheOf(classes);
  for (const object of systemPriorityClasses) {
    if (cache.get(storeKey(classes, undefined, object.metadata?.name ?? ""))) continue;
    try {
      await create(core, classes, { object: structuredClone(object) }, itself);
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
  }
}
