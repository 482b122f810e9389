import { spliceResourceVersion } from "../../../lib/api/splice.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Store, StoreEntry, WriteOptions } from "../../../lib/storage/store.ts";
import { StoreError } from "../../../lib/storage/store.ts";
import { decodeObject, encodeForStore } from "../codec.ts";
import { conflict, fromStore, notFound } from "../errors.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { type StoredObject, WrittenAnswer } from "./stored-object.ts";

/** How often a write starts again because somebody else wrote in between. */
const attemptsMax = 100;

/** Where an object is. */
export interface ObjectPath {
  info: ResourceInfo;
  namespace: string | undefined;
  name: string;
}

/** What becomes of an object: `keep` leaves it as it is. */
export type Change = { write: ApiObject } | { remove: true; last: ApiObject } | { keep: true };

/** How an attempt ended: done, or outrun by a newer state. */
type Attempt = { answer: EncodedMessage<ApiObject> } | { newest: StoredObject };

interface Commit {
  isRemoval: boolean;
  object: ApiObject;
  bytes: Uint8Array;
}

/** Objects over the bytes of the store: reads for writers, and writes under optimistic concurrency. */
export class ObjectStore {
  readonly #store: Store;
  readonly #cache: WatchCache;

  constructor(store: Store, cache: WatchCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** Writes a new object, and takes it over: it gets its resource version. @throws StatusError `AlreadyExists`. */
  create(path: ObjectPath, object: ApiObject): Promise<EncodedMessage<ApiObject>> {
    const { info } = path;
    const bytes = encodeForStore(info, object);
    return this.#store.create(keyOf(path), bytes, writeOptions(info)).then(
      (revision) => {
        if (object.metadata) object.metadata.resourceVersion = String(revision);
        return new WrittenAnswer(bytes, object, revision);
      },
      (error) => {
        throw fromStore(error, info, path.name);
      },
    );
  }

  /** The object as the store has it now. */
  async read(path: ObjectPath): Promise<StoredObject | undefined> {
    try {
      const entry = await this.#store.get(keyOf(path));
      return entry && storedObject(path.info, entry);
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
      if ("answer" in outcome) return outcome.answer;
      current = outcome.newest;
    }
    throw conflict(path.info, path.name);
  }

  async #attempt(
    path: ObjectPath,
    current: StoredObject,
    change: (current: StoredObject) => Change | Promise<Change>,
    dryRun: boolean,
  ): Promise<Attempt> {
    let outcome: Change;
    try {
      outcome = await change(current);
    } catch (error) {
      const newest = await this.#newerThan(path, current);
      if (newest) return { newest };
      throw error;
    }
    if ("keep" in outcome) return this.#unchanged(path, current);
    const object = "write" in outcome ? outcome.write : outcome.last;
    const bytes = encodeForStore(path.info, object);
    if ("write" in outcome && isSame(bytes, current)) return this.#unchanged(path, current);
    if (dryRun) return { answer: new WrittenAnswer(bytes, object, current.revision) };
    return this.#commit(path, current, { isRemoval: !("write" in outcome), object, bytes });
  }

  /** Nothing is written; but only the newest state may be answered. */
  async #unchanged(path: ObjectPath, current: StoredObject): Promise<Attempt> {
    const newest = await this.#newerThan(path, current);
    if (newest) return { newest };
    const answer = new EncodedMessage<ApiObject>(
      () => current.bytes,
      () => current.object,
    );
    return { answer };
  }

  async #commit(path: ObjectPath, current: StoredObject, { isRemoval, object, bytes }: Commit): Promise<Attempt> {
    const key = keyOf(path);
    try {
      const revision = isRemoval
        ? await this.#store.delete(key, current.revision)
        : await this.#store.update(key, bytes, current.revision, writeOptions(path.info));
      return { answer: new WrittenAnswer(bytes, object, revision) };
    } catch (error) {
      const isOutrun = error instanceof StoreError && error.code === "Conflict";
      if (isOutrun && error.current) return { newest: storedObject(path.info, error.current) };
      if (isOutrun) return { newest: await this.#mustRead(path) };
      throw fromStore(error, path.info, path.name);
    }
  }

  /** The state in the store when it is another one than a state that may be behind. @throws StatusError `NotFound`. */
  async #newerThan(path: ObjectPath, current: StoredObject): Promise<StoredObject | undefined> {
    if (current.certain) return undefined;
    const newest = await this.#mustRead(path);
    return newest.revision === current.revision ? undefined : newest;
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

function storedObject(info: ResourceInfo, entry: StoreEntry): StoredObject {
  const bytes = spliceResourceVersion(entry.value, entry.revision);
  return { object: decodeObject(info, bytes), bytes, revision: entry.revision, certain: true };
}

function keyOf(path: ObjectPath): string {
  return storeKey(path.info, path.namespace, path.name);
}

function isSame(stored: Uint8Array, current: StoredObject): boolean {
  const bytes = spliceResourceVersion(stored, current.revision);
  return Buffer.compare(bytes, current.bytes) === 0;
}

const keptForEver: WriteOptions = {};

function writeOptions(info: ResourceInfo): WriteOptions {
  const { ttlSeconds } = info.strategy;
  return ttlSeconds === undefined ? keptForEver : { ttlSeconds };
}
