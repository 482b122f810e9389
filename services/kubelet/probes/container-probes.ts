import type { Container, Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { ProbeResult } from "./probe-actions.ts";
import { probeLoop } from "./probe-loop.ts";

/** Which of a container's probes. */
export type ProbeKind = "startup" | "liveness" | "readiness";

/** A probe that has found its container dead. */
export interface FailedProbe {
  kind: ProbeKind;
  terminationGracePeriodSeconds: number | undefined;
}

/** How often a probe of a container ended so. */
export interface ProbeCount {
  kind: ProbeKind;
  result: "successful" | "failed";
  count: number;
}

/** What a container's probes need of the world. */
export interface ProbeWorld {
  clock: Clock;
  attempt: (probe: Probe) => Promise<ProbeResult>;
  /** Called when an answer changes. */
  onChange: () => void;
  /** Called for every failed try that counts. */
  onFailure: (kind: ProbeKind, message: string) => void;
  onWarning: (kind: ProbeKind, warning: string) => void;
  onError: (kind: ProbeKind, error: unknown) => void;
}

/**
 * The probes of one running container:
 *
 *     startup ──ok──► liveness and readiness
 *        └──failed──► given up      └──liveness failed──► given up
 */
export class ContainerProbes {
  readonly #container: Container;
  readonly #world: ProbeWorld;
  readonly #abort = new AbortController();
  readonly #counts = new Map<string, ProbeCount>();
  #started: boolean;
  #ready: boolean;
  #failed: FailedProbe | undefined;

  /** `known`: what an earlier kubelet has found; it holds until a probe says otherwise. */
  constructor(container: Container, known: { started: boolean; ready: boolean }, world: ProbeWorld) {
    this.#container = container;
    this.#world = world;
    this.#started = !container.startupProbe || known.started;
    this.#ready = this.#started && (!container.readinessProbe || known.ready);
    if (this.#started) this.#probeRunning();
    else this.#probeStart();
  }

  get started(): boolean {
    return this.#started;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The startup or liveness probe that has given the container up. */
  get failed(): FailedProbe | undefined {
    return this.#failed;
  }

  /** The container's name. */
  get container(): string {
    return this.#container.name ?? "";
  }

  /** How the tries have ended so far. */
  get counts(): readonly ProbeCount[] {
    return [...this.#counts.values()];
  }

  stop(): void {
    this.#abort.abort();
  }

  #probeStart(): void {
    const { startupProbe, readinessProbe } = this.#container;
    this.#loop("startup", startupProbe, false, (ok) => {
      if (!ok) return this.#giveUp("startup", startupProbe);
      this.#started = true;
      this.#ready = !readinessProbe;
      this.#probeRunning();
    });
  }

  #probeRunning(): void {
    const { livenessProbe, readinessProbe } = this.#container;
    this.#loop("liveness", livenessProbe, true, (ok) => {
      if (!ok) this.#giveUp("liveness", livenessProbe);
    });
    this.#loop("readiness", readinessProbe, this.#ready, (ok) => {
      this.#ready = ok;
    });
  }

  #count(kind: ProbeKind, result: ProbeCount["result"]): void {
    const key = `${kind} ${result}`;
    this.#counts.set(key, { kind, result, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }

  #giveUp(kind: ProbeKind, probe: Probe | undefined): void {
    this.#failed = { kind, terminationGracePeriodSeconds: probe?.terminationGracePeriodSeconds };
  }

  /** A startup probe that has succeeded, and any but a readiness probe that has failed, has said its last word. */
  #loop(kind: ProbeKind, probe: Probe | undefined, initial: boolean, answer: (ok: boolean) => void): void {
    if (!probe || this.#abort.signal.aborted) return;
    const { clock, attempt, onChange, onFailure, onWarning, onError } = this.#world;
    const finished = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, finished.signal]);
    const loop = probeLoop(
      {
        probe,
        clock,
        initial,
        attempt: async () => {
          const result = await attempt(probe);
          this.#count(kind, result.ok ? "successful" : "failed");
          return result;
        },
        onChange: (ok) => {
          if (kind === "startup" || (kind === "liveness" && !ok)) finished.abort();
          answer(ok);
          onChange();
        },
        onFailure: (message) => onFailure(kind, message),
        onWarning: (warning) => onWarning(kind, warning),
      },
      signal,
    );
    loop.catch((error: unknown) => {
      if (!signal.aborted) onError(kind, error);
    });
  }
}
