import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { Retries } from "./retries.ts";

/** Containers always have so long to end, as in Kubernetes, also when their hooks have taken all the time there was. */
const graceSecondsMin = 2;
/** What is left of one and the same grace period is told in whole seconds at every look at the pod, and so seems to differ. */
const roundingMs = 1_500;

/** What is done before a container is stopped, until `signal` aborts. Never fails. */
export type PreStop = (signal: AbortSignal) => Promise<void>;

interface StopsContext {
  clock: Clock;
  runtime: Pick<Runtime, "stopContainer">;
  logger: Logger;
}

/**
 * The stops of one pod's containers that are under way. Nobody waits for them, so that the pod is looked after meanwhile;
 * a shorter grace period than the one that is running out cuts it short.
 */
export class ContainerStops {
  readonly #node: StopsContext;
  readonly #onEnd: () => void;
  readonly #deadlinesMs = new Map<string, number>();
  readonly #hooks = new Map<string, AbortController>();
  readonly #retries = new Retries();

  /** `onEnd` is called when a stop has succeeded, or has failed and may be tried again. */
  constructor(node: StopsContext, onEnd: () => void) {
    this.#node = node;
    this.#onEnd = onEnd;
  }

  isStopping(containerId: string): boolean {
    return this.#deadlinesMs.has(containerId);
  }

  /** Whether this is the first that is asked of the container. What is to be done before takes its time out of the grace. */
  stop(containerId: string, graceSeconds: number, preStop?: PreStop): boolean {
    const { clock, runtime } = this.#node;
    const deadlineMs = clock.monotonic() + graceSeconds * 1000;
    const before = this.#deadlinesMs.get(containerId);
    if (before !== undefined && before <= deadlineMs + roundingMs) return false;
    this.#deadlinesMs.set(containerId, deadlineMs);
    this.#hooks.get(containerId)?.abort(new Error("the grace period was cut short"));
    const stopping =
      preStop && before === undefined && graceSeconds > 0
        ? this.#stopAfter(preStop, containerId, graceSeconds)
        : runtime.stopContainer(containerId, graceSeconds);
    stopping.then(
      () => this.#end(containerId),
      (error: unknown) => this.#fail(containerId, error),
    );
    return before === undefined;
  }

  async #stopAfter(preStop: PreStop, containerId: string, graceSeconds: number): Promise<void> {
    const { clock, runtime } = this.#node;
    const abort = new AbortController();
    const beganMs = clock.monotonic();
    const cancel = clock.schedule(graceSeconds * 1000, () => abort.abort(new Error("the grace period is over")));
    this.#hooks.set(containerId, abort);
    await preStop(abort.signal);
    cancel();
    this.#hooks.delete(containerId);
    const leftSeconds = graceSeconds - Math.floor((clock.monotonic() - beganMs) / 1000);
    await runtime.stopContainer(containerId, Math.max(leftSeconds, graceSecondsMin));
  }

  #end(containerId: string): void {
    this.#deadlinesMs.delete(containerId);
    this.#retries.succeeded(containerId);
    this.#onEnd();
  }

  #fail(containerId: string, error: unknown): void {
    this.#node.logger.warn({ err: error, containerId }, "a container could not be stopped; it will be tried again");
    this.#node.clock.schedule(this.#retries.failed(containerId), () => {
      this.#deadlinesMs.delete(containerId);
      this.#onEnd();
    });
  }
}
