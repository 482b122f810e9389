/** A set of small numbers, one bit each. */
export class Bitmap {
  readonly size: number;
  readonly #bytes: Uint8Array;

  /** `bytes` are copied; those beyond `size` bits are left out. */
  constructor(size: number, bytes: Uint8Array = new Uint8Array()) {
    this.size = size;
    this.#bytes = new Uint8Array(Math.ceil(size / 8));
    this.#bytes.set(bytes.subarray(0, this.#bytes.length));
  }

  has(index: number): boolean {
    return ((this.#bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    this.#bytes[index >> 3] = (this.#bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }

  remove(index: number): void {
    this.#bytes[index >> 3] = (this.#bytes[index >> 3] ?? 0) & ~(1 << (index & 7));
  }

  /** The first free number from `start` on, up to `end` (exclusive) and around again to `begin`. */
  nextFree(start: number, begin: number, end: number): number | undefined {
    const span = end - begin;
    for (let step = 0; step < span; step++) {
      const index = begin + ((start - begin + step) % span);
      if (!this.has(index)) return index;
    }
    return undefined;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.size; index++) if (this.has(index)) yield index;
  }
}
