import type { Measurements } from "./machine.ts";
import { type PressureCondition, signals } from "./signals.ts";
import { amountOf, type Threshold } from "./thresholds.ts";

/** Remembers since when which signal has been low, and until when that is told. */
export class PressureState {
  readonly #thresholds: readonly Threshold[];
  readonly #transitionMs: number;
  readonly #lowSinceMs = new Map<Threshold, number>();
  readonly #seenMs = new Map<PressureCondition, number>();

  /** `transitionMs`: so long a condition outlives the last look that saw it. */
  constructor(thresholds: readonly Threshold[], transitionMs: number) {
    this.#thresholds = thresholds;
    this.#transitionMs = transitionMs;
  }

  /** Takes note of a look at the machine. Answers the thresholds that pods have to make room for: memory first. */
  update(measured: Measurements, nowMs: number): Threshold[] {
    for (const threshold of this.#thresholds) {
      // What has once been low is so until as much is free as was asked for.
      if (!isLow(threshold, measured, this.#lowSinceMs.has(threshold))) this.#lowSinceMs.delete(threshold);
      else if (!this.#lowSinceMs.has(threshold)) this.#lowSinceMs.set(threshold, nowMs);
    }
    for (const { signal } of this.#lowSinceMs.keys()) this.#seenMs.set(signals[signal].condition, nowMs);
    for (const [condition, seenMs] of this.#seenMs)
      if (nowMs - seenMs >= this.#transitionMs && seenMs !== nowMs) this.#seenMs.delete(condition);
    return [...this.#lowSinceMs]
      .filter(([threshold, sinceMs]) => nowMs - sinceMs >= threshold.graceMs)
      .map(([threshold]) => threshold)
      .sort((left, right) => rankOf(left) - rankOf(right));
  }

  /** What the node tells of itself; in the order in which it was first seen. */
  get conditions(): PressureCondition[] {
    return [...this.#seenMs.keys()];
  }
}

/** Whether a signal is below its threshold; with `withReclaim` also when less than the minimum has been made free. */
export function isLow(
  { signal, level, minimumReclaim }: Threshold,
  measured: Measurements,
  withReclaim: boolean,
): boolean {
  const amount = measured[signal];
  if (!amount) return false;
  const extra = withReclaim && minimumReclaim ? amountOf(minimumReclaim, amount.capacity) : 0;
  return amount.available < amountOf(level, amount.capacity) + extra;
}

function rankOf({ signal }: Threshold): number {
  return signal === "memory.available" ? 0 : 1;
}
