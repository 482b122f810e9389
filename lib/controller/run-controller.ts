import { linkedAbort } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { isStatusError } from "../base/status-error.ts";
import type { Logger } from "../observe/logger.ts";
import { type Controller, TerminalError } from "./controller.ts";
import { WorkQueue, type WorkQueueObserver } from "./work-queue.ts";

export interface RunSettings {
  clock: Clock;
  logger: Logger;
  /** A reconcile is told to end after this long; 60 s when absent. */
  reconcileMsMax?: number;
  observer?: WorkQueueObserver;
}

export interface RunningController {
  readonly name: string;
  readonly queue: WorkQueue;
  /** Begins to take keys; what was queued before waits until then. */
  start(): void;
  /** Tells running reconciles to end, and waits for them up to 5 s. Idempotent. */
  stop(): Promise<void>;
}

const stopMsMax = 5_000;

/** Sets a controller up with a queue of its own. */
export function runController(controller: Controller, settings: RunSettings): RunningController {
  return new ControllerRun(controller, settings);
}

class ControllerRun implements RunningController {
  readonly queue: WorkQueue;
  readonly #controller: Controller;
  readonly #settings: RunSettings;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #workers: Promise<void>[] | undefined;
  #stopped: Promise<void> | undefined;

  constructor(controller: Controller, settings: RunSettings) {
    const { clock, observer } = settings;
    this.queue = new WorkQueue(observer ? { clock, observer } : { clock });
    this.#controller = controller;
    this.#settings = settings;
    this.#logger = settings.logger.child({ controller: controller.name });
    controller.setUp((key, afterMs = 0) => this.queue.addAfter(key, afterMs));
  }

  get name(): string {
    return this.#controller.name;
  }

  start(): void {
    this.#workers ??= Array.from({ length: this.#controller.workers ?? 1 }, () => this.#work());
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.queue.close();
    this.#stopping.abort(new Error("the controller is stopping"));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#logger.warn({}, "a reconcile did not end when the controller stopped");
        resolve();
      }, stopMsMax);
    });
    await Promise.race([Promise.all(this.#workers ?? []), late]);
    clearTimeout(timer);
    this.#controller.close?.();
  }

  async #work(): Promise<void> {
    for (let key = await this.queue.get(); key !== undefined; key = await this.queue.get()) {
      await this.#reconcile(key);
      this.queue.done(key);
    }
  }

  /** Never throws: this is the one place that decides what becomes of a failure. */
  async #reconcile(key: string): Promise<void> {
    const { clock, reconcileMsMax = 60_000 } = this.#settings;
    const { abort, release } = linkedAbort(this.#stopping.signal);
    const cancel = clock.schedule(reconcileMsMax, () =>
      abort.abort(new Error(`the reconcile took longer than ${reconcileMsMax} ms`)),
    );
    try {
      const result = await this.#controller.reconcile(key, abort.signal);
      this.queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#onFailure(key, error);
    } finally {
      cancel();
      release();
    }
  }

  #onFailure(key: string, error: unknown): void {
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      this.#logger.error({ err: error, key }, "reconcile failed for good");
      return;
    }
    const retryMs = Math.round(this.queue.retry(key));
    // Somebody else was faster: with optimistic concurrency that is everyday business.
    if (isStatusError(error, "Conflict")) this.#logger.debug({ key, retryMs }, "reconcile met a conflict");
    else this.#logger.warn({ err: error, key, retryMs }, "reconcile failed");
  }
}
