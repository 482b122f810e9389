import { type BackoffOptions, backoffDelay } from "../../lib/base/backoff.ts";
import type { Clock } from "../../lib/base/clock.ts";
import type { Logger } from "../../lib/observe/logger.ts";

export interface SyncLoopSettings {
  /** Brings the node up to date; throws to be tried again. */
  sync: () => Promise<void>;
  /** What is synced, for the log; `services` when absent. */
  subject?: string;
  /** Syncs are at least this far apart, in milliseconds. */
  intervalMs: number;
  /** A sync without cause after this long, in milliseconds. */
  resyncMs: number;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

const retry: BackoffOptions = { initialMs: 500, maxMs: 30_000, jitter: 0.3 };

/** Syncs whenever it is woken, one sync at a time; what comes meanwhile is one more sync. Failures are retried. */
export class SyncLoop {
  readonly #settings: SyncLoopSettings;
  readonly #stopping = new AbortController();
  #isWoken = false;
  #onWake = () => {};
  #failures = 0;
  readonly #running: Promise<void>;

  /** Begins at once, with a first sync. */
  constructor(settings: SyncLoopSettings) {
    this.#settings = settings;
    this.#isWoken = true;
    this.#running = this.#run();
  }

  wake(): void {
    this.#isWoken = true;
    this.#onWake();
  }

  /** Resolves when the sync that is under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the proxy is stopping"));
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs } = this.#settings;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#woken();
      if (signal.aborted) return;
      this.#isWoken = false;
      const isDone = await this.#syncOnce();
      const pauseMs = isDone
        ? intervalMs
        : backoffDelay(this.#failures - 1, { ...retry, random: this.#settings.random });
      if (!isDone) this.#isWoken = true;
      await clock.sleep(pauseMs, signal).catch(() => {});
    }
  }

  async #woken(): Promise<void> {
    if (this.#isWoken) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#settings.clock.schedule(this.#settings.resyncMs, resolve);
      this.#onWake = () => {
        cancel();
        resolve();
      };
    });
    this.#onWake = () => {};
  }

  async #syncOnce(): Promise<boolean> {
    const { sync, logger, subject = "services" } = this.#settings;
    try {
      await sync();
      if (this.#failures > 0) logger.info({ failures: this.#failures }, `${subject} are programmed again`);
      this.#failures = 0;
      return true;
    } catch (error) {
      // The first failure tells all; the repetitions would only fill the log.
      if (this.#failures++ === 0) logger.error({ err: error }, `${subject} could not be programmed; trying again`);
      return false;
    }
  }
}
