/** What is sent on a stream, in order. Bounded by its writers: they wait on `drained` after a push. */
export class RequestQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #ended = false;
  #failure: { error: unknown } | undefined;
  #wake = () => {};
  #drained = () => {};

  push(request: T): void {
    if (this.#ended) return;
    this.#waiting.push(request);
    this.#wake();
  }

  /** Resolves when everything pushed so far has been taken, or nothing more will be. */
  async drained(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
  }

  end(): void {
    this.#ended = true;
    this.#wake();
    this.#drained();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        if (this.#waiting.length === 0) this.#drained();
        yield next;
      } else if (this.#failure) throw this.#failure.error;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
