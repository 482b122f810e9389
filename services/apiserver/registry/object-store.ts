import { spliceResourceVersion } from "../../../lib/api/splice.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Store, WriteOptions } from "../../../lib/storage/store.ts";
import { StoreError } from "../../../lib/storage/store.ts";
import { decodeObject, encodeForStore } from "../codec.ts";
import { conflict, fromStore, notFound } from "../errors.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { type StoredObject, writtenAnswer } from "./stored-object.ts";

/** How often a write starts again because somebody else wrote in between. */
const attemptsMax = 10;

/** Where an object is. */
export interface ObjectPath {
  info: ResourceInfo;
  namespace: string | undefined;
  name: string;
}

/** What becomes of an object: `keep` leaves it as it is. */
export type Change = { write: ApiObject } | { remove: true; last: ApiObject } | { keep: true };

/** Objects over the bytes of the store: reads for writers, and writes under optimistic concurrency. */
export class ObjectStore {
  readonly #store: Store;
  readonly #cache: WatchCache;

  constructor(store: Store, cache: WatchCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** Writes a new object. @throws StatusError `AlreadyExists`. */
  async create(path: ObjectPath, object: ApiObject): Promise<EncodedMessage<ApiObject>> {
    const { info } = path;
    const bytes = encodeForStore(info, object);
    try {
      const revision = await this.#store.create(keyOf(path), bytes, writeOptions(info));
      return writtenAnswer(bytes, object, revision);
    } catch (error) {
      throw fromStore(error, info, path.name);
    }
  }

  /** The object as the store has it now. */
  async read(path: ObjectPath): Promise<StoredObject | undefined> {
    try {
      const entry = await this.#store.get(keyOf(path));
      if (!entry) return undefined;
      const bytes = spliceResourceVersion(entry.value, entry.revision);
      return { object: decodeObject(path.info, bytes), bytes, revision: entry.revision, certain: true };
    } catch (error) {
      throw fromStore(error, path.info, path.name);
    }
  }

  /**
   * Changes an object by a pure function of its state. The function is called with the cached state first, and again with
   * the store's whenever that turns out to be different. Answers the object as it was left.
   * @throws what `change` throws about the state that the store has; StatusError `NotFound`, `Conflict`.
   */
  async change(
    path: ObjectPath,
    change: (current: StoredObject) => Change | Promise<Change>,
    options: { dryRun?: boolean | undefined } = {},
  ): Promise<EncodedMessage<ApiObject>> {
    let current = this.#cached(path) ?? (await this.#mustRead(path));
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const outcome = await this.#attempt(path, current, change, options.dryRun ?? false);
      if (outcome) return outcome;
      current = await this.#mustRead(path);
    }
    throw conflict(path.info, path.name);
  }

  /** Undefined: the state was not the newest. */
  async #attempt(
    path: ObjectPath,
    current: StoredObject,
    change: (current: StoredObject) => Change | Promise<Change>,
    dryRun: boolean,
  ): Promise<EncodedMessage<ApiObject> | undefined> {
    let outcome: Change;
    try {
      outcome = await change(current);
    } catch (error) {
      if (current.certain || !(await this.#isStale(path, current))) throw error;
      return undefined;
    }
    if ("keep" in outcome) return this.#unchanged(path, current);
    const object = "write" in outcome ? outcome.write : outcome.last;
    const bytes = encodeForStore(path.info, object);
    if ("write" in outcome && isSame(bytes, current)) return this.#unchanged(path, current);
    if (dryRun) return writtenAnswer(bytes, object, current.revision);
    return this.#commit(path, current, outcome, object, bytes);
  }

  /** Nothing is written; but only the newest state may be answered. */
  async #unchanged(path: ObjectPath, current: StoredObject): Promise<EncodedMessage<ApiObject> | undefined> {
    if (!current.certain && (await this.#isStale(path, current))) return undefined;
    return new EncodedMessage<ApiObject>(
      () => current.bytes,
      () => current.object,
    );
  }

  async #commit(
    path: ObjectPath,
    current: StoredObject,
    outcome: { write: ApiObject } | { remove: true; last: ApiObject },
    object: ApiObject,
    bytes: Uint8Array,
  ): Promise<EncodedMessage<ApiObject> | undefined> {
    const key = keyOf(path);
    try {
      const revision =
        "write" in outcome
          ? await this.#store.update(key, bytes, current.revision, writeOptions(path.info))
          : await this.#store.delete(key, current.revision);
      return writtenAnswer(bytes, object, revision);
    } catch (error) {
      if (error instanceof StoreError && error.code === "Conflict") return undefined;
      throw fromStore(error, path.info, path.name);
    }
  }

  async #isStale(path: ObjectPath, current: StoredObject): Promise<boolean> {
    const newest = await this.read(path);
    return newest?.revision !== current.revision;
  }

  #cached(path: ObjectPath): StoredObject | undefined {
    const cache = this.#cache.cacheOf(path.info);
    const entry = cache.get(keyOf(path));
    return entry && { object: cache.decode(entry), bytes: entry.bytes, revision: entry.revision, certain: false };
  }

  async #mustRead(path: ObjectPath): Promise<StoredObject> {
    const found = await this.read(path);
    if (!found) throw notFound(path.info, path.name);
    return found;
  }
}

function keyOf(path: ObjectPath): string {
  return storeKey(path.info, path.namespace, path.name);
}

function isSame(stored: Uint8Array, current: StoredObject): boolean {
  const bytes = spliceResourceVersion(stored, current.revision);
  return Buffer.compare(bytes, current.bytes) === 0;
}

function writeOptions(info: ResourceInfo): WriteOptions {
  const { ttlSeconds } = info.strategy;
  return ttlSeconds === undefined ? {} : { ttlSeconds };
}
