import type { Clock } from "../../../lib/base/clock.ts";

/** How long a node may be silent before it counts as lost. */
const monitorGraceMs = 50_000;
/** The same for a node that has never said how it is. */
const startupGraceMs = 60_000;

/**
 * When each node was last heard of, by this process's own clock: what nodes write is only compared with what they wrote
 * before, so that clocks that differ do no harm.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #heardMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The node has shown that it lives. */
  heard(node: string): void {
    this.#heardMs.set(node, this.#clock.monotonic());
  }

  /** Milliseconds until the node counts as lost; 0 or less when it does. */
  remainingMs(node: string, hasReported: boolean): number {
    const nowMs = this.#clock.monotonic();
    return (this.#heardMs.get(node) ?? nowMs) + (hasReported ? monitorGraceMs : startupGraceMs) - nowMs;
  }

  forget(node: string): void {
    this.#heardMs.delete(node);
  }
}
