import { labelMatcherOfSet, nothing } from "../../../lib/api/label-selector.ts";
import type { Controller, ControllerContext } from "../../../lib/controller/controller.ts";
import { createReplicaController } from "../replicaset/replica-controller.ts";

/** Keeps as many pods running as a replication controller wants. */
export function createReplicationController(context: ControllerContext): Controller {
  return createReplicaController(context, {
    name: "replicationcontroller-controller",
    ownerKind: { apiVersion: "v1", kind: "ReplicationController" },
    resource: context.client.core.v1.replicationcontrollers,
    matcher: ({ spec }) => (Object.keys(spec?.selector ?? {}).length > 0 ? labelMatcherOfSet(spec?.selector) : nothing),
  });
}
