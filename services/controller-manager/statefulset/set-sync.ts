import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { Lister } from "../../../lib/client/informer.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { isPodAvailable, isPodReady } from "../pods/pod-state.ts";

/** A revision, and the template that it keeps. */
export interface SetRevision {
  name: string;
  template: PodTemplateSpec;
}

/** One reconcile of one stateful set: what the steps share. */
export interface SetSync {
  readonly context: ControllerContext;
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly claims: Lister<PersistentVolumeClaim>;
  /** What the set comes from, until all its pods are of `update`. */
  readonly current: SetRevision;
  /** Of the present template. */
  readonly update: SetRevision;
  readonly nowMs: number;
}

/** A place in the set, with the pod that has it, if there is one. */
export interface Slot {
  ordinal: number;
  pod: Pod | undefined;
}

export function isTerminating({ metadata }: Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isPodReady(pod);
}

/** Whether a pod has been ready for as long as the set wants. */
export function isAvailable({ set, nowMs }: SetSync, pod: Pod): boolean {
  return isRunningAndReady(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** Whether a pod serves, and goes on to do so. */
export function isHealthy(sync: SetSync, pod: Pod): boolean {
  return isAvailable(sync, pod) && !isTerminating(pod);
}
