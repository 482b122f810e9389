import type { Clock } from "../../../lib/base/clock.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";

const initialMs = 10_000;
const maxMs = 300_000;
/** A container that ran for this long starts afresh. */
const forgiveAfterMs = 600_000;

interface Crash {
  containerId: string;
  delayMs: number;
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
    const crash = this.#crash(name, last);
    const finishedAtMs = last.finishedAtMs ?? this.#clock.now();
    return { remainingMs: finishedAtMs + crash.delayMs - this.#clock.now(), delayMs: crash.delayMs };
  }

  /** Every ended container counts once. */
  #crash(name: string, last: ContainerStatus): Crash {
    const known = this.#crashes.get(name);
    if (known?.containerId === last.id) return known;
    const ranMs = (last.finishedAtMs ?? 0) - (last.startedAtMs ?? last.finishedAtMs ?? 0);
    const delayMs = known && ranMs < forgiveAfterMs ? Math.min(maxMs, Math.max(initialMs, known.delayMs * 2)) : 0;
    const crash = { containerId: last.id, delayMs };
    this.#crashes.set(name, crash);
    return crash;
  }
}
