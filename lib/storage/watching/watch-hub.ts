import { setMaxListeners } from "node:events";
import type { StoreError, WatchBatch } from "../store.ts";
import { PulledWatch, type WatchSource } from "./pulled-watch.ts";

/** All watches of one source: wakes them for events, and lets the quiet ones know how far they are. */
export class WatchHub {
  readonly #source: WatchSource;
  readonly #watches = new Set<PulledWatch>();
  readonly #timer: NodeJS.Timeout;
  #progressRevision = 0;
  #scheduled = false;
  #closed = false;

  /** A watch without events hears of progress after at most `progressIntervalMs`. */
  constructor(source: WatchSource, progressIntervalMs: number) {
    this.#source = source;
    this.#timer = setInterval(() => this.expectProgress(this.#source.revision), progressIntervalMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#watches.size;
  }

  watch(prefix: string, fromRevision: number, signal?: AbortSignal): AsyncIterator<WatchBatch, undefined> {
    const abort = () => watch.end();
    const progress = () => this.#progressRevision;
    const watch = new PulledWatch(this.#source, prefix, fromRevision, progress, () => {
      signal?.removeEventListener("abort", abort);
      this.#watches.delete(watch);
    });
    this.#watches.add(watch);
    if (signal) {
      // One signal may well end hundreds of watches.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", abort, { once: true });
    }
    if (signal?.aborted || this.#closed) watch.end();
    return watch;
  }

  /** The source has changed. */
  wake(): void {
    for (const watch of this.#watches) watch.wake();
  }

  /** Somebody waits to hear that every watch has got to `revision`. */
  expectProgress(revision: number): void {
    if (revision <= this.#progressRevision) return;
    this.#progressRevision = revision;
    if (this.#scheduled || this.#watches.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.wake();
    });
  }

  /** Ends all watches with `failure`. */
  fail(failure: StoreError): void {
    for (const watch of this.#watches) watch.end(failure);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const watch of this.#watches) watch.end();
  }
}
