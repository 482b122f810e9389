import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { ListMeta as ListMetaType } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";
import { lengthDelimited, stringField, varintLength, writeVarint } from "../watch-cache/protobuf-bytes.ts";

const itemsTag = 2 * 8 + 2;

/** Any kind's list. */
export interface ObjectList {
  metadata: ListMeta;
  apiVersion: string;
  kind: string;
  items: ApiObject[];
}

/** A list made of encodings that are at hand. */
export function listAnswer(
  info: ResourceInfo,
  metadata: ListMeta,
  entries: readonly CachedObject[],
  decode: (entry: CachedObject) => ApiObject,
): EncodedMessage<ObjectList> {
  const { apiVersion } = info;
  const kind = `${info.schema.kind}List`;
  return new EncodedMessage<ObjectList>(
    () =>
      encodeList(
        [
          lengthDelimited(1, ListMetaType.encode(metadata).finish()),
          stringField(1001, apiVersion),
          stringField(1002, kind),
        ],
        entries,
      ),
    () => deepFreeze({ apiVersion, kind, metadata, items: entries.map(decode) }),
  );
}

function encodeList(head: readonly Uint8Array[], entries: readonly CachedObject[]): Uint8Array {
  let length = 0;
  for (const part of head) length += part.length;
  for (const { bytes } of entries) length += 1 + varintLength(bytes.length) + bytes.length;
  const list = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const part of head) {
    list.set(part, at);
    at += part.length;
  }
  for (const { bytes } of entries) {
    list[at++] = itemsTag;
    at = writeVarint(list, at, bytes.length);
    list.set(bytes, at);
    at += bytes.length;
  }
  return list;
}
