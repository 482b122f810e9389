import type { Container, Pod, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import { type NodeContext, podName } from "../pods/node-context.ts";
import { runProbe } from "./probe-actions.ts";
import { probeLoop } from "./probe-loop.ts";

type ProbeKind = "startup" | "liveness" | "readiness";

interface Probed {
  abort: AbortController;
  started: boolean;
  ready: boolean;
  failed: FailedProbe | undefined;
}

/** A probe that has found its container dead. */
export interface FailedProbe {
  kind: ProbeKind;
  terminationGracePeriodSeconds: number | undefined;
}

/** The probes of one pod's containers, by container id. */
export class Probes {
  readonly #node: NodeContext;
  readonly #onChange: () => void;
  readonly #probed = new Map<string, Probed>();

  /** `onChange` is called when an answer changes. */
  constructor(node: NodeContext, onChange: () => void) {
    this.#node = node;
    this.#onChange = onChange;
  }

  /** Whether the container's startup probe has succeeded, or it has none. */
  isStarted(containerId: string): boolean {
    return this.#probed.get(containerId)?.started ?? false;
  }

  /** Whether the container takes traffic. */
  isReady(containerId: string): boolean {
    return this.#probed.get(containerId)?.ready ?? false;
  }

  /** The startup or liveness probe that has given the container up. */
  failedProbe(containerId: string): FailedProbe | undefined {
    return this.#probed.get(containerId)?.failed;
  }

  /** Begins to probe a running container; does nothing when it is being probed. */
  ensure(pod: Pod, container: Container, containerId: string, podIP: string): void {
    if (this.#probed.has(containerId)) return;
    // A container that was ready before the kubelet came back stays so until a probe says otherwise.
    const known = pod.status?.containerStatuses?.find((status) => status.containerID?.endsWith(`//${containerId}`));
    const abort = new AbortController();
    const probed: Probed = {
      abort,
      started: !container.startupProbe || known?.started === true,
      ready: !container.readinessProbe || known?.ready === true,
      failed: undefined,
    };
    if (container.startupProbe && !probed.started) probed.ready = false;
    this.#probed.set(containerId, probed);
    const run = (kind: ProbeKind, probe: Probe | undefined, initial: boolean, answer: (ok: boolean) => void) => {
      if (probe) this.#run({ kind, probe, initial, answer }, { pod, container, containerId, podIP }, abort.signal);
    };
    const afterStart = () => {
      if (abort.signal.aborted) return;
      run("liveness", container.livenessProbe, true, (ok) => {
        if (!ok) probed.failed = failure("liveness", container.livenessProbe);
      });
      run("readiness", container.readinessProbe, probed.ready, (ok) => {
        probed.ready = ok;
      });
    };
    if (probed.started) return afterStart();
    let begun = false;
    run("startup", container.startupProbe, false, (ok) => {
      if (!ok) probed.failed = failure("startup", container.startupProbe);
      else if (!begun) {
        begun = true;
        probed.started = true;
        probed.ready = !container.readinessProbe;
        afterStart();
      }
    });
  }

  /** Ends the probes of a container. */
  forget(containerId: string): void {
    this.#probed.get(containerId)?.abort.abort();
    this.#probed.delete(containerId);
  }

  /** Ends the probes of containers that are not in `containerIds`. */
  retain(containerIds: ReadonlySet<string>): void {
    for (const id of this.#probed.keys()) if (!containerIds.has(id)) this.forget(id);
  }

  stop(): void {
    this.retain(new Set());
  }

  #run(
    probing: { kind: ProbeKind; probe: Probe; initial: boolean; answer: (ok: boolean) => void },
    target: { pod: Pod; container: Container; containerId: string; podIP: string },
    signal: AbortSignal,
  ): void {
    const { kind, probe } = probing;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const loop = probeLoop(
      {
        probe,
        clock: this.#node.clock,
        initial: probing.initial,
        attempt: () => runProbe(probe, { ...target, runtime: this.#node.runtime }),
        onChange: (ok) => {
          probing.answer(ok);
          // A startup probe has said its word once it succeeded; a container given up is not tried again.
          if ((kind === "startup" && ok) || (kind !== "readiness" && !ok)) stop.abort();
          this.#onChange();
        },
        onFailure: (message) => {
          const word = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
          this.#node.recorder.event(target.pod, "Warning", "Unhealthy", `${word} probe failed: ${message}`);
        },
      },
      both,
    );
    loop.catch((error: unknown) => {
      if (!both.aborted)
        this.#node.logger.error({ err: error, pod: podName(target.pod), probe: kind }, "a probe broke off");
    });
  }
}

function failure(kind: ProbeKind, probe: Probe | undefined): FailedProbe {
  return { kind, terminationGracePeriodSeconds: probe?.terminationGracePeriodSeconds };
}
