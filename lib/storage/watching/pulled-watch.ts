import { StoreError, type WatchBatch } from "../store.ts";

/** Where watches read from. */
export interface WatchSource {
  /** The newest revision that watches may see. */
  readonly revision: number;
  /** History up to here is gone. */
  readonly compactedRevision: number;
  /** Whether what follows `revision` is in memory. */
  isRecent(revision: number): boolean;
  /**
   * The next events under `prefix` after `revision`; the batch says how far it got.
   * @throws StoreError `Compacted` when they are no longer to be had.
   */
  read(prefix: string, revision: number): WatchBatch;
}

export type WatchResult = IteratorResult<WatchBatch, undefined>;

const done: WatchResult = { done: true, value: undefined };

/** One consumer's place in the history. It holds no events: the consumer pulls them, the store wakes it. */
export class PulledWatch implements AsyncIterator<WatchBatch, undefined> {
  readonly #source: WatchSource;
  readonly #prefix: string;
  readonly #progressRevision: () => number;
  readonly #onEnd: (watch: PulledWatch) => void;
  /** What was read up to here is delivered, or is none of this watch's. */
  #position: number;
  /** The revision of the last batch delivered. */
  #reported: number;
  #waiting: { resolve: (result: WatchResult) => void; reject: (error: unknown) => void } | undefined;
  #ended = false;
  #failure: StoreError | undefined;

  /** `progressRevision` says up to where somebody waits to hear that nothing is missing. */
  constructor(
    source: WatchSource,
    prefix: string,
    fromRevision: number,
    progressRevision: () => number,
    onEnd: (watch: PulledWatch) => void,
  ) {
    this.#source = source;
    this.#prefix = prefix;
    this.#position = fromRevision;
    this.#reported = fromRevision;
    this.#progressRevision = progressRevision;
    this.#onEnd = onEnd;
  }

  next(): Promise<WatchResult> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      // Reading from disk is work: other tasks get their turn between two batches of it.
      if (this.#ended || this.#source.isRecent(this.#position)) this.wake();
      else setImmediate(() => this.wake());
    });
  }

  return(): Promise<WatchResult> {
    this.end();
    return Promise.resolve(done);
  }

  /** Ends the iteration, quietly or with `failure`. */
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

  #take(): WatchResult | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
    if (this.#ended) return done;
    if (this.#position < this.#source.compactedRevision) {
      throw new StoreError("Compacted", `history after revision ${this.#position} is compacted`);
    }
    if (this.#position < this.#source.revision) {
      const wasRecent = this.#source.isRecent(this.#position);
      const batch = this.#source.read(this.#prefix, this.#position);
      this.#position = batch.revision;
      if (batch.events.length > 0 || !wasRecent) return this.#deliver(batch);
    }
    if (this.#reported < Math.min(this.#position, this.#progressRevision())) {
      return this.#deliver({ events: [], revision: this.#position });
    }
    return undefined;
  }

  #deliver(batch: WatchBatch): WatchResult {
    this.#reported = batch.revision;
    return { done: false, value: batch };
  }
}
