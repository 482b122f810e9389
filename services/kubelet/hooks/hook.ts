import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { AppliedSizes } from "../pods/applied-sizes.ts";
import type { ContainerStops } from "../pods/container-stops.ts";
import type { ImagePuller } from "../pods/image-puller.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { Refusal } from "../pods/refusal.ts";
import type { RestartBackoff } from "../pods/restart-backoff.ts";
import type { Retries } from "../pods/retries.ts";
import type { ObservedPod } from "../pods/runtime-view.ts";
import type { Probes } from "../probes/probes.ts";
import type { Mount } from "../runtimes/runtime.ts";
import type { PodVolumes } from "../volumes/pod-volumes.ts";
import type { VolumePath } from "../volumes/volume-context.ts";

/** What is remembered of a pod from pass to pass. */
export interface PodMemory {
  readonly uid: string;
  /** The pod's own folder. */
  readonly directory: string;
  readonly probes: Probes;
  readonly volumes: PodVolumes;
  readonly images: ImagePuller;
  readonly stops: ContainerStops;
  readonly restarts: RestartBackoff;
  readonly retries: Retries;
  readonly sizes: AppliedSizes;
}

/** One pass over one pod that should run: what the hooks share. */
export interface PodPass extends PodMemory {
  readonly node: NodeContext;
  /** With the sizes that its containers may have now. */
  readonly pod: Pod;
  /** As the runtime has it; hooks look again after they changed something. */
  observed: ObservedPod;
  observe(): Promise<void>;
  /** The pod's volumes on the node, by volume name. */
  volumePaths: ReadonlyMap<string, VolumePath>;
  /** Mounts that every container of the pod gets. */
  readonly podMounts: Mount[];
  /** Why containers wait, by name. */
  readonly waiting: Map<string, WaitingReason>;
  /** Why the pod has not yet the size that it asks for. */
  resize?: ResizeProblem;
  /** Why the pod, of which nothing runs yet, can have no place here after all. */
  refusal?: Refusal;
  /** Looks at the pod again after this time, or earlier. */
  wakeAfter(ms: number): void;
  /** Aborts when the pod is to end: nothing more is started then. */
  readonly signal: AbortSignal;
}

/** Why a container does not run yet, in Kubernetes' words. */
export interface WaitingReason {
  reason: string;
  message?: string;
}

/** A condition of the pod, while it has not its size. */
export interface ResizeProblem {
  type: "PodResizePending" | "PodResizeInProgress";
  reason?: string;
  message?: string;
}

/** One step towards a running pod. Idempotent: a step that is done already only looks. */
export interface PodHook {
  readonly name: string;
  /** `done`: the next hook may run. `wait`: what follows needs something that is not there yet. */
  run(pass: PodPass): Promise<"done" | "wait">;
}
