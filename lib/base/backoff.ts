/** How waiting times grow between retries. */
export interface BackoffOptions {
  /** The first waiting time, in milliseconds. */
  initialMs: number;
  /** No waiting time is longer than this, in milliseconds. */
  maxMs: number;
  /** Growth per retry; 2 when absent. */
  factor?: number;
  /** Share of the waiting time that is random, 0 to 1; 0 when absent. */
  jitter?: number;
  /** Source of randomness in [0, 1); `Math.random` when absent. */
  random?: () => number;
}

/** The waiting time before retry number `attempt` (0 for the first), in milliseconds. */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const { initialMs, maxMs, factor = 2, jitter = 0, random = Math.random } = options;
  const base = Math.min(maxMs, initialMs * factor ** Math.min(attempt, 64));
  return base * (1 - jitter) + base * jitter * random();
}
