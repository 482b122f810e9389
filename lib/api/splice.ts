import { setEntry } from "../../gen/plain-values.ts";
import { ListMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";
import {
  encodeBytesField,
  encodeTextField,
  joinBytes,
  varintLength,
  WireCursor,
  wireTypes,
  writeVarint,
} from "./wire.ts";

/** Field 1 of every object, list and watch response: `metadata`, `events`. */
const firstFieldTag = 8 + wireTypes.bytes;
const resourceVersionTag = 6 * 8 + wireTypes.bytes;
const apiVersionNumber = 1001;
const kindNumber = 1002;
const itemsTag = 2 * 8 + wireTypes.bytes;

/**
 * The bytes of a stored object with its resource version: appended to `metadata`, which comes first. Whatever version the
 * bytes name already is overridden.
 * @throws RangeError when the bytes are no message.
 */
export function spliceResourceVersion(bytes: Uint8Array, revision: number): Uint8Array {
  const digits = String(revision);
  const { start, end } = metadataRange(bytes);
  const length = end - start + 2 + digits.length;
  const target = new Uint8Array(1 + varintLength(length) + length + bytes.length - end);
  target[0] = firstFieldTag;
  let at = writeVarint(target, 1, length);
  target.set(bytes.subarray(start, end), at);
  at += end - start;
  target[at++] = resourceVersionTag;
  target[at++] = digits.length;
  for (let index = 0; index < digits.length; index++) target[at++] = digits.charCodeAt(index);
  target.set(bytes.subarray(end), at);
  return target;
}

/** Where the content of `metadata` lies; empty at 0 when the object does not begin with it. */
function metadataRange(bytes: Uint8Array): { start: number; end: number } {
  if (bytes[0] !== firstFieldTag) return { start: 0, end: 0 };
  const cursor = new WireCursor(bytes, 1);
  const end = cursor.valueEnd();
  return { start: cursor.position, end };
}

/** What indexes and checks need of an object's metadata. */
export interface PeekedMetadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  /** Empty while the object is not being deleted. */
  deletionTimestamp: string;
  labels: Record<string, string>;
}

/** Reads metadata without decoding the object. @throws RangeError when the bytes are no message. */
export function peekMetadata(bytes: Uint8Array): PeekedMetadata {
  const { start, end } = metadataRange(bytes);
  const cursor = new WireCursor(bytes, start, end);
  const found: PeekedMetadata = {
    name: "",
    namespace: "",
    uid: "",
    resourceVersion: "",
    generation: 0,
    creationTimestamp: "",
    deletionTimestamp: "",
    labels: {},
  };
  while (!cursor.atEnd) readMetadataField(cursor, cursor.varint(), found);
  return found;
}

function readMetadataField(cursor: WireCursor, tag: number, found: PeekedMetadata): void {
  switch (tag) {
    case 10:
      found.name = cursor.text();
      return;
    case 26:
      found.namespace = cursor.text();
      return;
    case 42:
      found.uid = cursor.text();
      return;
    case 50:
      found.resourceVersion = cursor.text();
      return;
    case 56:
      found.generation = cursor.varint();
      return;
    case 66:
      found.creationTimestamp = cursor.text();
      return;
    case 74:
      found.deletionTimestamp = cursor.text();
      return;
    case 90:
      readLabel(cursor.message(), found.labels);
      return;
    default:
      cursor.skip(tag);
  }
}

function readLabel(cursor: WireCursor, labels: Record<string, string>): void {
  let key = "";
  let value = "";
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === 10) key = cursor.text();
    else if (tag === 18) value = cursor.text();
    else cursor.skip(tag);
  }
  setEntry(labels, key, value);
}

/**
 * The text at a path of field numbers, such as `[2, 10]` for a pod's `spec.nodeName`, without decoding the object; empty
 * when it is absent. See `fieldNumbers`.
 */
export function peekText(bytes: Uint8Array, path: readonly number[]): string {
  let cursor: WireCursor | undefined = new WireCursor(bytes);
  for (const number of path.slice(0, -1)) {
    cursor = lastField(cursor, number)?.message();
    if (!cursor) return "";
  }
  return lastField(cursor, path.at(-1) ?? 0)?.text() ?? "";
}

/** A cursor at the value of a field; the last one counts when there are several. */
function lastField(cursor: WireCursor, number: number): WireCursor | undefined {
  const wanted = number * 8 + wireTypes.bytes;
  let found = -1;
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === wanted) found = cursor.position;
    cursor.skip(tag);
  }
  return found < 0 ? undefined : new WireCursor(cursor.bytes, found, cursor.end);
}

/** A list message of items that are encoded already. */
export function encodeList(
  items: readonly Uint8Array[],
  list: { readonly apiVersion: string; readonly kind: string; readonly metadata: ListMeta },
): Uint8Array {
  const head = joinBytes([
    encodeBytesField(1, ListMeta.encode(list.metadata).finish()),
    encodeTextField(apiVersionNumber, list.apiVersion),
    encodeTextField(kindNumber, list.kind),
  ]);
  let length = head.length;
  for (const item of items) length += 1 + varintLength(item.length) + item.length;
  const target = new Uint8Array(length);
  target.set(head);
  let at = head.length;
  for (const item of items) {
    target[at++] = itemsTag;
    at = writeVarint(target, at, item.length);
    target.set(item, at);
    at += item.length;
  }
  return target;
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

const typeFields: Readonly<Record<WatchEventType, Uint8Array>> = {
  ADDED: encodeTextField(1, "ADDED"),
  MODIFIED: encodeTextField(1, "MODIFIED"),
  DELETED: encodeTextField(1, "DELETED"),
  BOOKMARK: encodeTextField(1, "BOOKMARK"),
  ERROR: encodeTextField(1, "ERROR"),
};
const statusTag = 3 * 8 + wireTypes.bytes;

/** One event of a watch response, framed as an element of `events`: made once, sent to every watcher. */
export function encodeWatchEvent(type: WatchEventType, object: Uint8Array): Uint8Array {
  return frameEvent(typeFields[type], itemsTag, object);
}

/** The last event of a watch that fails; `status` are the bytes of a `Status`. */
export function encodeErrorEvent(status: Uint8Array): Uint8Array {
  return frameEvent(typeFields.ERROR, statusTag, status);
}

function frameEvent(type: Uint8Array, tag: number, value: Uint8Array): Uint8Array {
  const length = type.length + 1 + varintLength(value.length) + value.length;
  const target = new Uint8Array(1 + varintLength(length) + length);
  target[0] = firstFieldTag;
  let at = writeVarint(target, 1, length);
  target.set(type, at);
  at += type.length;
  target[at++] = tag;
  at = writeVarint(target, at, value.length);
  target.set(value, at);
  return target;
}

/** The bytes of a watch response with these framed events. */
export function encodeWatchBatch(events: readonly Uint8Array[]): Uint8Array {
  const only = events[0];
  return only && events.length === 1 ? only : joinBytes(events);
}
