import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { encodeList } from "../../../lib/api/splice.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";

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
    () => {
      const items = entries.map((entry) => entry.bytes);
      return encodeList(items, { apiVersion, kind, metadata });
    },
    () => deepFreeze({ apiVersion, kind, metadata, items: entries.map(decode) }),
  );
}
