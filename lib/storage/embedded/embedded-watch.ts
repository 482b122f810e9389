import { StoreError, type WatchBatch } from "../store.ts";
import type { History } from "./history.ts";

/** What a watch asks of its store. */
export interface WatchedStore {
  readonly history: History;
  /** The newest revision that is on disk. */
  readonly revision: number;
  readonly compactedRevision: number;
  /** Up to where somebody waits to hear that nothing is missing. */
  readonly progressRevision: number;
}

type Result = IteratorResult<WatchBatch, undefined>;

const done: Result = { done: true, value: undefined };

/** One consumer's place in the history. It holds no events: the consumer pulls them, the store wakes it. */
export class EmbeddedWatch implements AsyncIterator<WatchBatch, undefined> {
  readonly #store: WatchedStore;
  readonly #prefix: string;
  readonly #onEnd: (watch: EmbeddedWatch) => void;
  /** What was read up to here is delivered, or is none of this watch's. */
  #position: number;
  /** The revision of the last batch delivered. */
  #reported: number;
  #waiting: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  #ended = false;
  #failure: StoreError | undefined;

  constructor(store: WatchedStore, prefix: string, fromRevision: number, onEnd: (watch: EmbeddedWatch) => void) {
    this.#store = store;
    this.#prefix = prefix;
    this.#position = fromRevision;
    this.#reported = fromRevision;
    this.#onEnd = onEnd;
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      // Reading the log is work: other tasks get their turn between two batches of it.
      if (this.#ended || this.#store.history.isRecent(this.#position)) this.wake();
      else setImmediate(() => this.wake());
    });
  }

  return(): Promise<Result> {
    this.end();
    return Promise.resolve(done);
  }

  /** Ends the iteration, with `failure` or quietly. */
  end(failure?: StoreError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#onEnd(this);
    this.wake();
  }

  /** Delivers what is there to a waiting consumer. */
  wake(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    try {
      const result = this.#take();
      if (!result) return;
      this.#waiting = undefined;
      waiting.resolve(result);
    } catch (error) {
      this.#waiting = undefined;
      waiting.reject(error);
      this.end();
    }
  }

  #take(): Result | undefined {
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    if (this.#ended) return done;
    if (this.#position < this.#store.compactedRevision) {
      throw new StoreError("Compacted", `history after revision ${this.#position} is compacted`);
    }
    if (this.#position < this.#store.revision) {
      const wasRecent = this.#store.history.isRecent(this.#position);
      const batch = this.#store.history.read(this.#prefix, this.#position);
      this.#position = batch.revision;
      if (batch.events.length > 0 || !wasRecent) return this.#deliver(batch);
    }
    if (this.#reported < Math.min(this.#position, this.#store.progressRevision)) {
      return this.#deliver({ events: [], revision: this.#position });
    }
    return undefined;
  }

  #deliver(batch: WatchBatch): Result {
    this.#reported = batch.revision;
    return { done: false, value: batch };
  }
}
