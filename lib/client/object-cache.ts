import { type IndexFunction, type Lister, objectKey } from "./informer.ts";
import type { KubernetesObject } from "./resource-client.ts";

interface Index<T> {
  keysOf: IndexFunction<T>;
  entries: Map<string, Set<T>>;
}

/** Objects by key, by namespace and by any number of indexes. */
export class ObjectCache<T extends KubernetesObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #byNamespace: Index<T> = { keysOf: (object) => [object.metadata?.namespace ?? ""], entries: new Map() };
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(namespace ? `${namespace}/${name}` : name);
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    return namespace ? [...(this.#byNamespace.entries.get(namespace) ?? [])] : [...this.#objects.values()];
  }

  byIndex(index: string, key: string): T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`there is no index "${index}"`);
    return [...(found.entries.get(key) ?? [])];
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  addIndex(name: string, keysOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { keysOf, entries: new Map() };
    for (const object of this.#objects.values()) insert(index, object);
    this.#indexes.set(name, index);
  }

  /** Answers what was there before. */
  set(object: T): T | undefined {
    const key = objectKey(object);
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#allIndexes()) {
      if (before) remove(index, before);
      insert(index, object);
    }
    return before;
  }

  /** Answers what was there. */
  delete(key: string): T | undefined {
    const before = this.#objects.get(key);
    if (!before) return undefined;
    this.#objects.delete(key);
    for (const index of this.#allIndexes()) remove(index, before);
    return before;
  }

  *#allIndexes(): Iterable<Index<T>> {
    yield this.#byNamespace;
    yield* this.#indexes.values();
  }
}

function insert<T>(index: Index<T>, object: T): void {
  for (const key of index.keysOf(object)) {
    const entry = index.entries.get(key);
    if (entry) entry.add(object);
    else index.entries.set(key, new Set([object]));
  }
}

function remove<T>(index: Index<T>, object: T): void {
  for (const key of index.keysOf(object)) {
    const entry = index.entries.get(key);
    entry?.delete(object);
    if (entry?.size === 0) index.entries.delete(key);
  }
}
