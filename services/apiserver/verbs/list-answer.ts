import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { encodeList } from "../../../lib/api/splice.ts";
import { varintLength, writeVarint } from "../../../lib/api/wire.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { isInProcess } from "../auth/in-process.ts";
import type { Caller } from "../core.ts";
import { Slices } from "../slices.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";

/** Field `items` of every list. */
const itemsTag = 2 * 8 + 2;

/** Any kind's list. */
export interface ObjectList {
  metadata: ListMeta;
  apiVersion: string;
  kind: string;
  items: ApiObject[];
}

/** A list whose objects a door takes from the cache one by one, in the encoding it needs. */
export class CachedList extends EncodedMessage<ObjectList> {
  readonly cache: ResourceCache;
  /** The list without its items. */
  readonly list: Omit<ObjectList, "items">;
  readonly entries: readonly CachedObject[];

  constructor(cache: ResourceCache, list: Omit<ObjectList, "items">, entries: readonly CachedObject[]) {
    super(
      () => bytesOf(list, entries),
      () => deepFreeze({ ...list, items: entries.map(cache.decode) }),
    );
    this.cache = cache;
    this.list = list;
    this.entries = entries;
  }
}

function bytesOf(list: Omit<ObjectList, "items">, entries: readonly CachedObject[]): Uint8Array {
  const items = entries.map((entry) => entry.bytes);
  return encodeList(items, list);
}

/** A list made of encodings that are at hand, slice by slice, in the form that the caller's door needs. */
export async function listAnswer(
  cache: ResourceCache,
  metadata: ListMeta,
  entries: readonly CachedObject[],
  caller: Caller,
): Promise<EncodedMessage<ObjectList>> {
  const { apiVersion, schema, listKind = `${schema.kind}List` } = cache.info;
  const list = { apiVersion, kind: listKind, metadata };
  if (caller.takesCached) return new CachedList(cache, list, entries);
  if (isInProcess(caller.identity)) {
    const items = await decodeAll(cache, entries);
    return new EncodedMessage<ObjectList>(
      () => bytesOf(list, entries),
      () => deepFreeze({ ...list, items }),
    );
  }
  const bytes = await encodeAll(encodeList([], list), entries);
  return new EncodedMessage<ObjectList>(
    () => bytes,
    () => deepFreeze({ ...list, items: entries.map(cache.decode) }),
  );
}

async function decodeAll(cache: ResourceCache, entries: readonly CachedObject[]): Promise<ApiObject[]> {
  const items: ApiObject[] = [];
  const slices = new Slices();
  for (const entry of entries) {
    if (slices.isOver()) await slices.breathe();
    items.push(cache.decode(entry));
  }
  return items;
}

async function encodeAll(head: Uint8Array, entries: readonly CachedObject[]): Promise<Uint8Array> {
  let length = head.length;
  for (const { bytes } of entries) length += 1 + varintLength(bytes.length) + bytes.length;
  const list = Buffer.allocUnsafeSlow(length);
  list.set(head);
  let at = head.length;
  const slices = new Slices();
  for (const { bytes } of entries) {
    if (slices.isOver()) await slices.breathe();
    list[at] = itemsTag;
    at = writeVarint(list, at + 1, bytes.length);
    list.set(bytes, at);
    at += bytes.length;
  }
  return list;
}
