const chunkBytes = 256 * 1024;

/** Memory for the records of one batch, reused once the batch is on disk: LMDB's writer thread reads it in place. */
export class RecordArena {
  #chunks: Buffer[] = [];
  #chunk = 0;
  #position = 0;

  /** A buffer and a place in it with `bytes` to spare; say what was used with `take`. */
  reserve(bytes: number): { buffer: Buffer; start: number } {
    let buffer = this.#chunks[this.#chunk];
    if (buffer && buffer.length - this.#position < bytes) {
      this.#chunk++;
      this.#position = 0;
      buffer = this.#chunks[this.#chunk];
    }
    if (!buffer || buffer.length < bytes) {
      buffer = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes));
      this.#chunks.splice(this.#chunk, 0, buffer);
    }
    return { buffer, start: this.#position };
  }

  /** Takes what was written at the last reserved place, up to `end`. */
  take(end: number): Buffer {
    const chunk = this.#chunks[this.#chunk] ?? Buffer.alloc(0);
    const taken = chunk.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  /** Forgets everything but one ordinary chunk. */
  reset(): void {
    this.#chunks = this.#chunks.filter((chunk) => chunk.length === chunkBytes).slice(0, 1);
    this.#chunk = 0;
    this.#position = 0;
  }
}
