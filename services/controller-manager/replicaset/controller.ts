import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import type { Controller, ControllerContext } from "../../../lib/controller/controller.ts";
import { createReplicaController } from "./replica-controller.ts";

/** Keeps as many pods running as a replica set wants. */
export function createReplicaSetController(context: ControllerContext): Controller {
  return createReplicaController(context, {
    name: "replicaset-controller",
    ownerKind: { apiVersion: "apps/v1", kind: "ReplicaSet" },
    resource: context.client.apps.v1.replicasets,
    matcher: (set) => labelMatcherOf(set.spec?.selector),
  });
}
