import type { Clock } from "../../../lib/base/clock.ts";

/** One alarm: of all that ask, the earliest counts. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #cancel = () => {};

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Wakes after `ms`, unless it will do so earlier. */
  within(ms: number): void {
    const atMs = this.#clock.monotonic() + ms;
    if (atMs >= this.#atMs) return;
    this.clear();
    this.#atMs = atMs;
    this.#cancel = this.#clock.schedule(ms, () => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }

  clear(): void {
    this.#cancel();
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
