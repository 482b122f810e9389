import type { Probe } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { ProbeResult } from "./probe-actions.ts";

/** What a loop needs besides its probe. */
export interface ProbeLoopOptions {
  probe: Probe;
  clock: Clock;
  /** The answer before the thresholds are met for the first time. */
  initial: boolean;
  attempt: () => Promise<ProbeResult>;
  /** Called when the answer changes, and when the failure threshold is met. */
  onChange: (ok: boolean) => void;
  /** Called for every failed try that counts. */
  onFailure: (message: string) => void;
  /** Called for every try that succeeds oddly. */
  onWarning?: (warning: string) => void;
}

/** Before the first success a container is tried more often than its period; such tries count only when they succeed. */
const eagerFirstMs = 20;
const eagerGrowth = 1.5;

/** Tries a probe again and again, until `signal` aborts, and keeps the answer that its thresholds give. */
export async function probeLoop(options: ProbeLoopOptions, signal: AbortSignal): Promise<void> {
  const { probe, clock } = options;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const answer = new ThresholdAnswer(probe, options.initial);
  if (probe.initialDelaySeconds) await clock.sleep(probe.initialDelaySeconds * 1000, signal);
  let nextMs = clock.monotonic();
  let eagerMs = options.initial ? periodMs : eagerFirstMs;
  while (!signal.aborted) {
    const counts = clock.monotonic() >= nextMs;
    const result = await options.attempt();
    if (signal.aborted) return;
    if (result.ok) {
      if (result.warning !== undefined) options.onWarning?.(result.warning);
      eagerMs = periodMs;
      if (answer.succeeded()) options.onChange(true);
    } else if (counts) {
      options.onFailure(result.message);
      if (answer.failed()) options.onChange(false);
    }
    const nowMs = clock.monotonic();
    // Tries that take longer than the period are not made up for.
    if (counts) nextMs = Math.max(nextMs + periodMs, nowMs);
    await clock.sleep(Math.min(nextMs - nowMs, eagerMs), signal);
    eagerMs = Math.min(eagerMs * eagerGrowth, periodMs);
  }
}

/** Counts results in a row. */
class ThresholdAnswer {
  readonly #successThreshold: number;
  readonly #failureThreshold: number;
  #ok: boolean;
  #successes = 0;
  #failures = 0;

  constructor(probe: Probe, initial: boolean) {
    this.#successThreshold = probe.successThreshold ?? 1;
    this.#failureThreshold = probe.failureThreshold ?? 3;
    this.#ok = initial;
  }

  /** Whether the answer turns. */
  succeeded(): boolean {
    this.#failures = 0;
    this.#successes++;
    if (this.#ok || this.#successes < this.#successThreshold) return false;
    this.#ok = true;
    return true;
  }

  /** Whether the threshold is met now. */
  failed(): boolean {
    this.#successes = 0;
    this.#failures++;
    if (this.#failures !== this.#failureThreshold) return false;
    this.#ok = false;
    return true;
  }
}
