import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { Retries } from "./retries.ts";

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
  readonly #retries = new Retries();

  /** `onEnd` is called when a stop has succeeded, or has failed and may be tried again. */
  constructor(node: StopsContext, onEnd: () => void) {
    this.#node = node;
    this.#onEnd = onEnd;
  }

  isStopping(containerId: string): boolean {
    return this.#deadlinesMs.has(containerId);
  }

  /** Whether this is the first that is asked of the container. */
  stop(containerId: string, graceSeconds: number): boolean {
    const { clock, runtime } = this.#node;
    const deadlineMs = clock.monotonic() + graceSeconds * 1000;
    const before = this.#deadlinesMs.get(containerId);
    if (before !== undefined && before <= deadlineMs) return false;
    this.#deadlinesMs.set(containerId, deadlineMs);
    runtime.stopContainer(containerId, graceSeconds).then(
      () => this.#end(containerId),
      (error: unknown) => this.#fail(containerId, error),
    );
    return before === undefined;
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
