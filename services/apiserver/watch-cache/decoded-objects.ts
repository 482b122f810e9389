import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { CachedObject } from "./cached-object.ts";

interface Kept {
  readonly object: ApiObject;
  /** Whether it was asked for since it came, or since its last reprieve. */
  isUsed: boolean;
}

/**
 * Keeps decoded objects alive, up to a budget of encoded bytes. The oldest go first, but for those that were used: they
 * begin anew. So a use costs a look-up and moves nothing.
 */
export class DecodedObjects {
  readonly #budgetBytes: number;
  /** Oldest first. */
  readonly #kept = new Map<CachedObject, Kept>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** The decoded object, from memory or by `decode`. */
  get(entry: CachedObject, decode: (entry: CachedObject) => ApiObject): ApiObject {
    const kept = this.#kept.get(entry);
    if (kept) {
      kept.isUsed = true;
      return kept.object;
    }
    const object = entry.decoded?.deref() ?? decode(entry);
    this.keep(entry, object);
    return object;
  }

  /** The decoded object if it is in memory; that is not counted as a use. */
  peek(entry: CachedObject): ApiObject | undefined {
    return entry.decoded?.deref();
  }

  /** Takes in an object that is decoded already. */
  keep(entry: CachedObject, object: ApiObject): void {
    entry.decoded ??= new WeakRef(object);
    if (this.#kept.has(entry)) return;
    this.#kept.set(entry, { object, isUsed: false });
    this.#bytes += entry.bytes.length;
    this.#makeRoom();
  }

  /** Lets go of an object that was replaced or removed. */
  forget(entry: CachedObject): void {
    if (this.#kept.delete(entry)) this.#bytes -= entry.bytes.length;
  }

  #makeRoom(): void {
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= this.#budgetBytes) return;
      if (kept.isUsed) {
        kept.isUsed = false;
        this.#kept.delete(oldest);
        this.#kept.set(oldest, kept);
      } else {
        this.forget(oldest);
      }
    }
  }
}
