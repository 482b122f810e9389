import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { ObservedPod } from "../pods/observed-pod.ts";
import type { RestartBackoff } from "../pods/restart-backoff.ts";
import type { Probes } from "../probes/probes.ts";
import type { Mount } from "../runtimes/runtime.ts";

/** One pass over one pod that should run: what the hooks share. */
export interface PodPass {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly uid: string;
  /** The pod's own folder. */
  readonly directory: string;
  /** As the runtime has it; hooks look again after they changed something. */
  observed: ObservedPod;
  observe(): Promise<void>;
  readonly probes: Probes;
  readonly backoff: RestartBackoff;
  /** Paths of the pod's volumes on the node, by volume name. */
  readonly volumes: Map<string, string>;
  /** Mounts that every container of the pod gets. */
  readonly podMounts: Mount[];
  /** Why containers wait, by name. */
  readonly waiting: Map<string, WaitingReason>;
  /** Looks at the pod again after this time. */
  wakeAfter(ms: number): void;
  /** Remembers a sandbox that this pass made. */
  addSandbox(id: string): void;
  readonly signal: AbortSignal;
}

/** Why a container does not run yet, in Kubernetes' words. */
export interface WaitingReason {
  reason: string;
  message?: string;
}

/** One step towards a running pod. Idempotent: a step that is done already only looks. */
export interface PodHook {
  readonly name: string;
  /** `done`: the next hook may run. `wait`: what follows needs something that is not there yet. */
  run(pass: PodPass): Promise<"done" | "wait">;
}
