export interface StreamHooks<In, Out> {
  receive(item: In): Out;
  /** What the consumer gets for what the source threw, or for the reason of the abort. */
  fail(error: unknown): unknown;
  /** Called once when nothing more will come. */
  ended?(): void;
}

type Pending<T> = { resolve(result: IteratorResult<T>): void; reject(error: unknown): void };

/**
 * A stream that passes on another's items and can be broken off: a consumer that waits gets the reason at once, even when the
 * source does not stir, and the source is told to return.
 */
export class AbortableStream<In, Out> implements AsyncIterableIterator<Out> {
  readonly #hooks: StreamHooks<In, Out>;
  readonly #open: () => AsyncIterable<In>;
  #source: AsyncIterator<In> | undefined;
  #pending: Pending<Out> | undefined;
  #aborted: { reason: unknown } | undefined;
  #done = false;

  constructor(open: () => AsyncIterable<In>, hooks: StreamHooks<In, Out>) {
    this.#open = open;
    this.#hooks = hooks;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Out>> {
    if (this.#aborted && !this.#done) return Promise.reject(this.#fail(this.#aborted.reason));
    if (this.#done) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#pull();
    });
  }

  async return(): Promise<IteratorResult<Out>> {
    this.#finish();
    this.#leaveSource();
    return { done: true, value: undefined };
  }

  abort(reason: unknown): void {
    if (this.#done || this.#aborted) return;
    this.#aborted = { reason };
    this.#leaveSource();
    const waiting = this.#take();
    if (waiting) waiting.reject(this.#fail(reason));
  }

  #pull(): void {
    try {
      this.#source ??= this.#open()[Symbol.asyncIterator]();
      this.#source.next().then(
        (result) => this.#onResult(result),
        (error) => this.#onError(error),
      );
    } catch (error) {
      this.#onError(error);
    }
  }

  #onResult(result: IteratorResult<In>): void {
    const waiting = this.#take();
    if (!waiting) return;
    if (result.done) {
      this.#finish();
      waiting.resolve({ done: true, value: undefined });
      return;
    }
    try {
      waiting.resolve({ done: false, value: this.#hooks.receive(result.value) });
    } catch (error) {
      this.#leaveSource();
      waiting.reject(this.#fail(error));
    }
  }

  #onError(error: unknown): void {
    this.#take()?.reject(this.#fail(error));
  }

  #take(): Pending<Out> | undefined {
    const waiting = this.#pending;
    this.#pending = undefined;
    return waiting;
  }

  #fail(error: unknown): unknown {
    const shown = this.#hooks.fail(error);
    this.#finish();
    return shown;
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#take()?.resolve({ done: true, value: undefined });
    this.#hooks.ended?.();
  }

  /** The source may be in the middle of a `next`: nobody waits for its end, and nobody hears its complaints. */
  #leaveSource(): void {
    Promise.resolve(this.#source?.return?.()).catch(() => {});
  }
}
