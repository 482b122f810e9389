import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { CachedObject } from "./cached-object.ts";

/** Keeps the most recently used decoded objects alive, up to a budget of encoded bytes. */
export class DecodedObjects {
  readonly #budgetBytes: number;
  /** In order of use, oldest first. */
  readonly #kept = new Map<CachedObject, ApiObject>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** The decoded object, from memory or by `decode`. */
  get(entry: CachedObject, decode: (entry: CachedObject) => ApiObject): ApiObject {
    const kept = this.#kept.get(entry);
    if (kept) {
      this.#kept.delete(entry);
      this.#kept.set(entry, kept);
      return kept;
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
    this.#kept.set(entry, object);
    this.#bytes += entry.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.forget(oldest);
    }
  }

  /** Lets go of an object that was replaced or removed. */
  forget(entry: CachedObject): void {
    if (this.#kept.delete(entry)) this.#bytes -= entry.bytes.length;
  }
}
