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
  /** Called when the answer changes. */
  onChange: (ok: boolean) => void;
  /** Called for every failed try that counts. */
  onFailure: (message: string) => void;
}

/** Before the first success a container is tried more often than its period, as long as only success counts. */
const eagerFirstMs = 20;

/** Tries a probe again and again, until `signal` aborts, and keeps the answer that its thresholds give. */
export async function probeLoop(options: ProbeLoopOptions, signal: AbortSignal): Promise<void> {
  const { probe, clock } = options;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let answer = options.initial;
  let successes = 0;
  let failures = 0;
  await clock.sleep((probe.initialDelaySeconds ?? 0) * 1000, signal);
  let next = clock.monotonic();
  let eagerMs = options.initial ? periodMs : eagerFirstMs;
  while (!signal.aborted) {
    const result = await options.attempt();
    if (signal.aborted) return;
    const counts = clock.monotonic() >= next;
    if (result.ok) {
      successes++;
      failures = 0;
      eagerMs = periodMs;
      if (!answer && successes >= (probe.successThreshold ?? 1)) {
        answer = true;
        options.onChange(true);
      }
    } else if (counts) {
      failures++;
      successes = 0;
      options.onFailure(result.message);
      if (failures === (probe.failureThreshold ?? 3)) {
        answer = false;
        options.onChange(false);
      }
    }
    if (counts) next += periodMs;
    eagerMs = Math.min(eagerMs * 1.5, periodMs);
    await clock.sleep(Math.max(0, Math.min(next - clock.monotonic(), answer ? periodMs : eagerMs)), signal);
  }
}
