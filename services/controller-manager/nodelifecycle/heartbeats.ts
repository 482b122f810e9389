import type { Clock } from "../../../lib/base/clock.ts";

/** How long a node may be silent before it counts as lost. */
const monitorGraceMs = 50_000;

/**
 * When each node was last heard of, by this process's own clock: what nodes write is only compared with what they wrote
 * before, so that clocks that differ do no harm.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { sign: string; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what a node shows of itself (its lease's renewal time and its status' heartbeat). */
  observe(node: string, sign: string): void {
    if (this.#seen.get(node)?.sign !== sign) this.#seen.set(node, { sign, atMs: this.#clock.monotonic() });
  }

  /** Milliseconds until the node counts as lost; 0 or less when it does. */
  remainingMs(node: string): number {
    const atMs = this.#seen.get(node)?.atMs ?? this.#clock.monotonic();
    return atMs + monitorGraceMs - this.#clock.monotonic();
  }

  forget(node: string): void {
    this.#seen.delete(node);
  }
}
