/** Who brings chunks waits from here on until some were read. */
const fullBytes = 256 * 1024;

/** The bytes of one direction of a stream, between who receives and who reads them; bounded by `room`. */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  #isClosed = false;
  #wakeReader = () => {};
  #wakeWriters: (() => void)[] = [];
  /** Called with the number of bytes that a reader took. */
  onTaken: (bytes: number) => void = () => {};

  /** Adds bytes; those that come after the end are dropped. */
  push(chunk: Uint8Array): void {
    if (this.#isEnded || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wakeReader();
  }

  /** No more comes; what is there can still be read. */
  end(): void {
    this.#isEnded = true;
    this.#wakeReader();
  }

  /** Nobody reads any more: drops what is there and what comes. */
  close(): void {
    this.#isClosed = true;
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.end();
    this.#giveRoom();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isFull(): boolean {
    return this.#bytes >= fullBytes && !this.#isClosed;
  }

  /** Resolves once there is room again, or nobody reads any more. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#bytes -= chunk.length;
        this.#giveRoom();
        this.onTaken(chunk.length);
        yield chunk;
      } else if (this.#isEnded) return;
      else
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
    }
  }

  #giveRoom(): void {
    if (this.isFull) return;
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }
}
