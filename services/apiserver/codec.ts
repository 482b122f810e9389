import { deepFreeze } from "../../lib/base/plain-data.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { ResourceInfo } from "./resource-info.ts";

/** The object of an encoding, frozen. */
export function decodeObject(info: ResourceInfo, bytes: Uint8Array): ApiObject {
  return deepFreeze(info.type.decode(bytes));
}

/** The encoding as it is stored: without a resource version, which is not known before the write. */
export function encodeForStore(info: ResourceInfo, object: ApiObject): Uint8Array {
  if (object.metadata && object.metadata.resourceVersion === undefined) return info.type.encode(object).finish();
  const metadata = { ...object.metadata };
  delete metadata.resourceVersion;
  return info.type.encode({ ...object, metadata }).finish();
}
