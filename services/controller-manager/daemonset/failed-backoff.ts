import { backoffDelay } from "../../../lib/base/backoff.ts";

/** Milliseconds. */
const delay = { initialMs: 1_000, maxMs: 15 * 60_000 };

interface Entry {
  failures: number;
  sinceMs: number;
}

/** How long the pods of a daemon that fail again and again on one node are left as they are. */
export class FailedBackoff {
  readonly #entries = new Map<string, Entry>();

  /** Milliseconds until a failed pod may be replaced. 0: now, and that counts as a replacement. */
  take(key: string, nowMs: number): number {
    this.#forgetOld(nowMs);
    const entry = this.#entries.get(key);
    if (!entry) {
      this.#entries.set(key, { failures: 0, sinceMs: nowMs });
      return 0;
    }
    const wait = entry.sinceMs + backoffDelay(entry.failures, delay) - nowMs;
    if (wait > 0) return wait;
    this.#entries.set(key, { failures: entry.failures + 1, sinceMs: nowMs });
    return 0;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#entries) if (nowMs - sinceMs > 2 * delay.maxMs) this.#entries.delete(key);
  }
}
