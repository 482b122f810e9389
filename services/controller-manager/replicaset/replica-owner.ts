import type { ReplicaSetStatus } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { LabelMatcher } from "../../../lib/api/label-selector.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { OwnerKind } from "../../../lib/controller/controller-ref.ts";

/** What replica sets and replication controllers have in common: a number of like pods. */
export interface ReplicaOwner extends KubernetesObject {
  spec?:
    | {
        replicas?: number | undefined;
        minReadySeconds?: number | undefined;
        template?: PodTemplateSpec | undefined;
      }
    | undefined;
  status?: ReplicaSetStatus | undefined;
}

/** In what the kinds of such owners differ. */
export interface ReplicaOwnerKind<T extends ReplicaOwner> {
  /** Of the controller. */
  name: string;
  ownerKind: OwnerKind;
  resource: ResourceClient<T>;
  /** Which pods an owner selects. */
  matcher(owner: T): LabelMatcher;
}
