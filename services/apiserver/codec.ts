import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { deepFreeze } from "../../lib/base/plain-data.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { ResourceInfo } from "./resource-info.ts";

/** The object of an encoding, frozen. */
export function decodeObject(info: ResourceInfo, bytes: Uint8Array): ApiObject {
  return deepFreeze(info.type.decode(bytes));
}

/** Keeps its memory from one object to the next. */
let spareWriter: BinaryWriter | undefined;
/** Larger ones leave no memory behind. */
const keptBytesMax = 64 * 1024;

/** The encoding as it is stored: without a resource version, which is not known before the write. */
export function encodeForStore(info: ResourceInfo, object: ApiObject): Uint8Array {
  if (object.metadata && object.metadata.resourceVersion === undefined) return encode(info, object);
  const metadata = { ...object.metadata };
  delete metadata.resourceVersion;
  return encode(info, { ...object, metadata });
}

function encode(info: ResourceInfo, object: ApiObject): Uint8Array {
  const writer = spareWriter ?? new BinaryWriter();
  // What breaks off leaves a writer that is of no use.
  spareWriter = undefined;
  const bytes = info.type.encode(object, writer).finish();
  if (bytes.length <= keptBytesMax) spareWriter = writer;
  return bytes;
}
