import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { TokenBucket } from "../base/token-bucket.ts";

/** Is told what a queue does, for metrics. */
export interface WorkQueueObserver {
  added?(depth: number): void;
  /** A key was taken after `waitedMs` in the queue. */
  taken?(depth: number, waitedMs: number): void;
  done?(workedMs: number): void;
  retried?(): void;
}

export interface WorkQueueSettings {
  clock: Clock;
  /** Waiting time after the first failure of a key; doubles with each further one. 5 ms when absent. */
  retryDelayMs?: number;
  /** 1000 s when absent. */
  retryDelayMsMax?: number;
  /** Retries of all keys together; 10 per second with bursts of 100 when absent. */
  retriesPerSecond?: number;
  retryBurst?: number;
  observer?: WorkQueueObserver;
}

interface Alarm {
  at: number;
  cancel: () => void;
}

/**
 * Keys that want work. A key waits at most once, and is worked on by one worker at a time: added while it is worked on, it
 * waits again when that is done. So the queue is never longer than there are keys.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #retryDelay: { initialMs: number; maxMs: number };
  readonly #retryBucket: TokenBucket;
  readonly #observer: WorkQueueObserver;
  /** Ready keys in the order of their coming, with the time of it. */
  readonly #ready = new Map<string, number>();
  readonly #working = new Map<string, number>();
  /** Added while worked on. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Alarm>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(settings: WorkQueueSettings) {
    const { clock, retryDelayMs = 5, retryDelayMsMax = 1_000_000 } = settings;
    this.#clock = clock;
    this.#retryDelay = { initialMs: retryDelayMs, maxMs: retryDelayMsMax };
    const { retriesPerSecond = 10, retryBurst = 100 } = settings;
    this.#retryBucket = new TokenBucket({ perSecond: retriesPerSecond, burst: retryBurst, clock });
    this.#observer = settings.observer ?? {};
  }

  /** How many keys are ready. */
  get size(): number {
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#closed || this.#ready.has(key)) return;
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.set(key, this.#clock.monotonic());
    this.#observer.added?.(this.#ready.size);
    this.#takers.shift()?.(this.#take());
  }

  /** Adds after `ms`; of several waits for one key the shortest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + ms;
    const waiting = this.#delayed.get(key);
    if (waiting && waiting.at <= at) return;
    waiting?.cancel();
    const cancel = this.#clock.schedule(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /** Adds a key that has failed, after its backoff. Answers how long that is, in milliseconds. */
  retry(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delay = Math.max(backoffDelay(failures, this.#retryDelay), this.#retryBucket.reserve());
    this.#observer.retried?.();
    this.addAfter(key, delay);
    return delay;
  }

  /** Forgets the failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often a key has failed since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, when there is one; undefined when the queue is closed. Call `done` afterwards. */
  get(): Promise<string | undefined> {
    const key = this.#take();
    if (key !== undefined || this.#closed) return Promise.resolve(key);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The work on a key has ended, well or not. */
  done(key: string): void {
    const began = this.#working.get(key);
    if (began === undefined) return;
    this.#working.delete(key);
    this.#observer.done?.(this.#clock.monotonic() - began);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops what waits; who waits for a key gets none. */
  close(): void {
    this.#closed = true;
    for (const alarm of this.#delayed.values()) alarm.cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #take(): string | undefined {
    const next = this.#ready.entries().next();
    if (next.done) return undefined;
    const [key, since] = next.value;
    const now = this.#clock.monotonic();
    this.#ready.delete(key);
    this.#working.set(key, now);
    this.#observer.taken?.(this.#ready.size, now - since);
    return key;
  }
}
