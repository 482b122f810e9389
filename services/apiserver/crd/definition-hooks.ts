import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { KindHooks } from "../registry/kind-hooks.ts";
import { formatTime } from "../time.ts";

/** Keeps a definition until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** A definition that is deleted says so, and waits for its objects to be deleted. */
export function definitionHooks(clock: Clock): KindHooks {
  return {
    markDeleted(object: ApiObject & CustomResourceDefinition) {
      const finalizers = object.metadata?.finalizers ?? [];
      if (!finalizers.includes(cleanupFinalizer))
        object.metadata = { ...object.metadata, finalizers: [...finalizers, cleanupFinalizer] };
      const terminating = {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionPending",
        message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      };
      const conditions = withCondition(object.status?.conditions, terminating, formatTime(clock.now()));
      object.status = { ...object.status, conditions: [...conditions] };
    },
  };
}
