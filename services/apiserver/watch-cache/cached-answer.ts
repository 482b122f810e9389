import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { CachedObject } from "./cached-object.ts";
import type { ResourceCache } from "./resource-cache.ts";

/** A cached object as an answer: a door may find there the encoding it needs. */
export class CachedAnswer extends EncodedMessage<ApiObject> {
  readonly cache: ResourceCache;
  readonly entry: CachedObject;

  constructor(cache: ResourceCache, entry: CachedObject) {
    super(
      () => entry.bytes,
      () => cache.decode(entry),
    );
    this.cache = cache;
    this.entry = entry;
  }
}
