import { backoffDelay } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { isStatusError } from "../base/status-error.ts";

export interface RetryOnConflictOptions {
  /** How often `attempt` is called at most; 5 when absent. */
  attempts?: number;
  clock?: Clock;
  random?: () => number;
  signal?: AbortSignal;
}

/** Calls `attempt`, which reads, changes and writes, until it meets no `Conflict`; throws the last one. */
export async function retryOnConflict<T>(attempt: () => Promise<T>, options: RetryOnConflictOptions = {}): Promise<T> {
  const { attempts = 5, clock = systemClock, random = Math.random, signal } = options;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= attempts || !isStatusError(error, "Conflict")) throw error;
      await clock.sleep(backoffDelay(tried - 1, { initialMs: 10, maxMs: 1_000, jitter: 0.5, random }), signal);
    }
  }
}
