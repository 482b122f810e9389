import type { Clock } from "../../../lib/base/clock.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";

const initialMs = 10_000;
const maxMs = 300_000;
/** A container that ran for this long starts afresh. */
const forgiveAfterMs = 600_000;

interface Crash {
  containerId: string;
  delayMs: number;
  endedAtMs: number;
}

/** How long ended containers wait before they start again: not at all the first time, then 10 s, doubled up to 5 min. */
export class RestartBackoff {
  readonly #clock: Clock;
  readonly #crashes = new Map<string, Crash>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time left after the end of `last`, and the whole waiting time. */
  remaining(name: string, last: ContainerStatus): { remainingMs: number; delayMs: number } {
    const { endedAtMs, delayMs } = this.#crash(name, last);
    return { remainingMs: endedAtMs + delayMs - this.#clock.now(), delayMs };
  }

  /** Every ended container counts once. */
  #crash(name: string, last: ContainerStatus): Crash {
    const known = this.#crashes.get(name);
    if (known?.containerId === last.id) return known;
    // A time to come, of a clock that was set back, must not hold the container for longer than its delay.
    const endedAtMs = Math.min(last.finishedAtMs ?? Number.POSITIVE_INFINITY, this.#clock.now());
    const ranMs = endedAtMs - (last.startedAtMs ?? endedAtMs);
    const crash = { containerId: last.id, delayMs: known ? nextDelay(known, ranMs) : 0, endedAtMs };
    this.#crashes.set(name, crash);
    return crash;
  }
}

function nextDelay(before: Crash, ranMs: number): number {
  return ranMs >= forgiveAfterMs ? 0 : Math.min(maxMs, Math.max(initialMs, before.delayMs * 2));
}
