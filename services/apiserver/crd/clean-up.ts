import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { itself } from "../bootstrap/itself.ts";
import type { Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { formatTime } from "../time.ts";
import { deleteCollection } from "../verbs/delete-collection.ts";
import { cleanupFinalizer } from "./definition-hooks.ts";

type Progress = Pick<CustomResourceDefinitionCondition, "status" | "reason" | "message">;

const inProgress: Progress = {
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};
const completed: Progress = {
  status: "False",
  reason: "InstanceDeletionCompleted",
  message: "removed all instances",
};

/** Deletes the objects of a definition that is being deleted; lets it go, and answers true, when none is left. */
export async function cleanUpObjects(
  core: Core,
  definitions: ResourceInfo,
  definition: CustomResourceDefinition,
  objects: ResourceInfo | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const change = (progress: Progress, isLast: boolean) => write(core, definitions, definition, progress, isLast);
  if (!objects) {
    await change({ status: "False", reason: "NeverEstablished", message: "resource was never established" }, true);
    return true;
  }
  await core.cache.fresh();
  const cache = core.cache.cacheOf(objects);
  if (cache.size > 0) {
    await change(inProgress, false);
    for (const namespace of namespacesOf(cache.snapshot(undefined)))
      await deleteCollection(core, objects, { ...(namespace && { namespace }) }, { ...itself, signal });
    await core.cache.fresh();
  }
  if (cache.size > 0) return false;
  await change(completed, true);
  return true;
}

function namespacesOf(entries: readonly { namespace: string }[]): Set<string> {
  return new Set(entries.map((entry) => entry.namespace));
}

async function write(
  core: Core,
  info: ResourceInfo,
  { metadata }: CustomResourceDefinition,
  progress: Progress,
  isLast: boolean,
): Promise<void> {
  const { name = "", uid } = metadata ?? {};
  try {
    await core.objects.change({ info, namespace: undefined, name }, ({ object }) => {
      const current: CustomResourceDefinition = clonePlain(object);
      if (current.metadata?.uid !== uid || !current.metadata?.deletionTimestamp) return { keep: true };
      const condition = { type: "Terminating", ...progress };
      const conditions = withCondition(current.status?.conditions, condition, formatTime(core.clock.now()));
      const status = { ...current.status, conditions: [...conditions] };
      if (!isLast) return { write: { ...current, status } };
      const finalizers = current.metadata.finalizers?.filter((finalizer) => finalizer !== cleanupFinalizer) ?? [];
      const last = { ...current, status, metadata: { ...current.metadata, finalizers } };
      return finalizers.length === 0 ? { remove: true, last } : { write: last };
    });
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
  }
}
