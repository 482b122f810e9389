import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { type NodeContext, podName } from "../pods/node-context.ts";
import { ContainerProbes, type FailedProbe, type ProbeCount, type ProbeWorld } from "./container-probes.ts";
import { runProbe } from "./probe-actions.ts";

/** What probes say of containers, by the runtime's id. */
export interface ProbeAnswers {
  /** Whether the container's startup probe has succeeded, or it has none. */
  isStarted(containerId: string): boolean;
  /** Whether the container takes traffic. */
  isReady(containerId: string): boolean;
}

/** How often a probe of a container, by name, ended so. */
export interface ContainerProbeCount extends ProbeCount {
  container: string;
}

/** The probes of one pod's containers. */
export class Probes implements ProbeAnswers {
  readonly #node: NodeContext;
  readonly #onChange: () => void;
  readonly #probed = new Map<string, ContainerProbes>();

  /** `onChange` is called when an answer changes. */
  constructor(node: NodeContext, onChange: () => void) {
    this.#node = node;
    this.#onChange = onChange;
  }

  isStarted(containerId: string): boolean {
    return this.#probed.get(containerId)?.started ?? false;
  }

  isReady(containerId: string): boolean {
    return this.#probed.get(containerId)?.ready ?? false;
  }

  /** The startup or liveness probe that has given the container up; known until the container is forgotten. */
  failedProbe(containerId: string): FailedProbe | undefined {
    return this.#probed.get(containerId)?.failed;
  }

  /** How the tries have ended so far, by container. */
  counts(): ContainerProbeCount[] {
    const totals = new Map<string, ContainerProbeCount>();
    for (const { container, counts } of this.#probed.values()) {
      for (const { kind, result, count } of counts) {
        const key = `${container} ${kind} ${result}`;
        totals.set(key, { container, kind, result, count: count + (totals.get(key)?.count ?? 0) });
      }
    }
    return [...totals.values()];
  }

  /** Begins to probe a running container; does nothing when it is being probed. */
  ensure(pod: Pod, container: Container, containerId: string, podIP: string): void {
    if (this.#probed.has(containerId)) return;
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const statuses = [...initContainerStatuses, ...containerStatuses];
    const status = statuses.find(({ containerID }) => containerID?.endsWith(`//${containerId}`));
    const known = { started: status?.started === true, ready: status?.ready === true };
    const world = this.#worldOf(pod, container, containerId, podIP);
    this.#probed.set(containerId, new ContainerProbes(container, known, world));
  }

  /** Ends the probes of containers that do not run, and forgets those that are not there. */
  retain(containers: Iterable<{ id: string; state: string }>): void {
    const present = new Map([...containers].map(({ id, state }) => [id, state]));
    for (const [id, probes] of this.#probed) {
      if (present.get(id) !== "Running") probes.stop();
      if (!present.has(id)) this.#probed.delete(id);
    }
  }

  stop(): void {
    this.retain([]);
  }

  #worldOf(pod: Pod, container: Container, containerId: string, podIP: string): ProbeWorld {
    const { runtime, recorder, logger, clock } = this.#node;
    return {
      clock,
      attempt: async (probe) =>
        runtime.isHollow ? { ok: true, message: "" } : runProbe(probe, { runtime, containerId, container, podIP }),
      onChange: this.#onChange,
      onFailure: (kind, message) => {
        recorder.event(pod, "Warning", "Unhealthy", `${capitalised(kind)} probe failed: ${message}`);
      },
      onWarning: (kind, warning) => {
        recorder.event(pod, "Warning", "ProbeWarning", `${capitalised(kind)} probe warning: ${warning}`);
      },
      onError: (kind, error) => logger.error({ err: error, pod: podName(pod), probe: kind }, "a probe broke off"),
    };
  }
}

function capitalised(kind: string): string {
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
