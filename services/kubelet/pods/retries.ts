import { backoffDelay } from "../../../lib/base/backoff.ts";

const growth = { initialMs: 500, maxMs: 30_000 };

/** How long to wait before something that failed is tried again: 0.5 s, then twice as long each time, up to 30 s. */
export class Retries {
  readonly #failures = new Map<string, number>();

  /** Counts a failure; the time to wait, in milliseconds. */
  failed(what: string): number {
    const failures = this.#failures.get(what) ?? 0;
    this.#failures.set(what, failures + 1);
    return backoffDelay(failures, growth);
  }

  succeeded(what: string): void {
    this.#failures.delete(what);
  }
}
