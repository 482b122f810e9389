import type { CachedObject } from "./cached-object.ts";

/** Encodings besides that of the store which are kept on objects. */
export type Encoding = "json" | "kubernetesProtobuf";

/** Keeps encodings that were made on demand, up to a budget; the oldest go first. */
export class EncodedObjects {
  readonly #budgetBytes: number;
  /** Objects with encodings, in order of their first. */
  readonly #kept = new Set<CachedObject>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The encoding of an object, from memory or by `encode`. */
  get(entry: CachedObject, encoding: Encoding, encode: () => Uint8Array): Uint8Array {
    const kept = entry[encoding];
    if (kept) return kept;
    const bytes = encode();
    if (bytes.length * 8 > this.#budgetBytes) return bytes;
    entry[encoding] = bytes;
    this.#kept.add(entry);
    this.#bytes += bytes.length;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.forget(oldest);
    }
    return bytes;
  }

  /** Lets go of an object that was replaced or removed. */
  forget(entry: CachedObject): void {
    if (!this.#kept.delete(entry)) return;
    this.#bytes -= (entry.json?.length ?? 0) + (entry.kubernetesProtobuf?.length ?? 0);
    entry.json = undefined;
    entry.kubernetesProtobuf = undefined;
  }
}
