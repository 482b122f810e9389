import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { KindHooks } from "../registry/kind-hooks.ts";

/** Whether an object that is being deleted has nothing left that keeps it. */
export function isFinished(object: ApiObject, hooks: KindHooks): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata ?? {};
  if (!deletionTimestamp || (deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !finalizers?.length && !hooks.isHeld?.(object);
}
