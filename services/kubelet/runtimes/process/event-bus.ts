import type { RuntimeEvent } from "../runtime.ts";

const QUEUE_MAX = 10_000;

interface Watcher {
  queue: RuntimeEvent[];
  wake: () => void;
  overrun: boolean;
}

/** Hands each event to every watcher, in order. A watcher that does not keep up is cut off with an error. */
export class EventBus {
  readonly #watchers = new Set<Watcher>();

  publish(event: RuntimeEvent): void {
    for (const watcher of this.#watchers) {
      if (watcher.queue.length >= QUEUE_MAX) watcher.overrun = true;
      else watcher.queue.push(event);
      watcher.wake();
    }
  }

  /** From the call on, not from the first `next`. */
  watch(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const watcher: Watcher = { queue: [], wake: () => {}, overrun: false };
    const onAbort = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    if (!signal.aborted) this.#watchers.add(watcher);
    signal.addEventListener("abort", onAbort, { once: true });
    return this.#deliver(watcher, signal, onAbort);
  }

  async *#deliver(watcher: Watcher, signal: AbortSignal, onAbort: () => void): AsyncGenerator<RuntimeEvent> {
    try {
      while (!signal.aborted) {
        const event = watcher.queue.shift();
        if (event) yield event;
        else if (watcher.overrun) throw new Error(`more than ${QUEUE_MAX} events were not read in time: list again`);
        else {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#watchers.delete(watcher);
    }
  }
}
