import { deepFreeze } from "../../lib/base/plain-data.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { ResourceInfo } from "./resource-info.ts";
import { concatenate, lengthDelimited, stringField } from "./watch-cache/protobuf-bytes.ts";

/** The object of an encoding, frozen. */
export function decodeObject(info: ResourceInfo, bytes: Uint8Array): ApiObject {
  return deepFreeze(info.type.decode(bytes));
}

/** The encoding as it is stored: without a resource version, which is not known before the write. */
export function encodeForStore(info: ResourceInfo, object: ApiObject): Uint8Array {
  const metadata = { ...object.metadata };
  delete metadata.resourceVersion;
  return info.type.encode({ ...object, metadata }).finish();
}

/** The encoding with a resource version in its metadata. */
export function withRevision(bytes: Uint8Array, revision: number): Uint8Array {
  const [length, start] = readVarint(bytes, 1);
  const metadata = withoutField(bytes.subarray(start, start + length), 6);
  const version = stringField(6, String(revision));
  return concatenate([lengthDelimited(1, metadata, version), bytes.subarray(start + length)]);
}

function withoutField(message: Uint8Array, fieldNumber: number): Uint8Array {
  for (let at = 0; at < message.length; ) {
    const [tag, afterTag] = readVarint(message, at);
    let end = afterTag;
    if ((tag & 7) === 0) end = readVarint(message, afterTag)[1];
    else {
      const [length, start] = readVarint(message, afterTag);
      end = start + length;
    }
    if (tag >> 3 === fieldNumber) return concatenate([message.subarray(0, at), message.subarray(end)]);
    at = end;
  }
  return message;
}

function readVarint(bytes: Uint8Array, position: number): [value: number, end: number] {
  let value = 0;
  let scale = 1;
  for (let at = position; at < bytes.length; at++) {
    const byte = bytes[at]!;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at + 1];
    scale *= 128;
  }
  throw new RangeError("a varint runs past the end");
}
