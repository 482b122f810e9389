// Made by scripts/generate. Codecs of messages that stand for a plain value in JSON and in TypeScript.
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

/** Writes and reads one of these messages. */
export interface PlainFns<T> {
  encode(value: T, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): T;
}

/** Calls `visit` for each field of a message, until its end. */
function readFields(input: BinaryReader | Uint8Array, length: number | undefined, visit: (tag: number, reader: BinaryReader) => boolean): void {
  const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
  const end = length === undefined ? reader.len : reader.pos + length;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!visit(tag, reader)) reader.skip(tag & 7);
  }
}

/** A message whose field 1 is JSON text. */
export const jsonFns: PlainFns<unknown> = {
  encode: (value, writer = new BinaryWriter()) => writer.uint32(10).string(JSON.stringify(value) ?? "null"),
  decode(input, length) {
    let text = "null";
    readFields(input, length, (tag, reader) => {
      if (tag !== 10) return false;
      text = reader.string();
      return true;
    });
    return JSON.parse(text || "null");
  },
};

/** Most texts of which the values are kept, and the longest of them. */
const sharedTextsMax = 500;
const sharedLengthMax = 20_000;
const sharedValues = new Map<string, unknown>();
const sharedTexts = new WeakMap<object, string>();

/** As `jsonFns`, where many messages have the same text: their values are one, frozen. */
export const sharedJsonFns: PlainFns<unknown> = {
  encode(value, writer = new BinaryWriter()) {
    const text = typeof value === "object" && value !== null ? sharedTexts.get(value) : undefined;
    return text === undefined ? jsonFns.encode(value, writer) : writer.uint32(10).string(text);
  },
  decode(input, length) {
    let text = "null";
    readFields(input, length, (tag, reader) => {
      if (tag !== 10) return false;
      text = reader.string();
      return true;
    });
    if (text.length > sharedLengthMax) return JSON.parse(text);
    const known = sharedValues.get(text);
    if (known !== undefined) return known;
    const value: unknown = freeze(JSON.parse(text || "null"));
    if (typeof value === "object" && value !== null) share(text, value);
    return value;
  },
};

function share(text: string, value: object): void {
  for (const oldest of sharedValues.keys()) {
    if (sharedValues.size < sharedTextsMax) break;
    sharedValues.delete(oldest);
  }
  sharedValues.set(text, value);
  sharedTexts.set(value, text);
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

/** A message with type (1), number (2), string (3). */
export const intOrStringFns: PlainFns<number | string> = {
  encode: (value, writer = new BinaryWriter()) =>
    typeof value === "number"
      ? writer.uint32(8).int64(0).uint32(16).int32(value)
      : writer.uint32(8).int64(1).uint32(26).string(value),
  decode(input, length) {
    let isString = false;
    let number = 0;
    let text = "";
    readFields(input, length, (tag, reader) => {
      if (tag === 8) isString = reader.uint32() === 1;
      else if (tag === 16) number = reader.int32();
      else if (tag === 26) text = reader.string();
      else return false;
      return true;
    });
    return isString ? text : number;
  },
};

/** A message whose field 1 is repeated strings. */
export const stringListFns: PlainFns<string[]> = {
  encode(value, writer = new BinaryWriter()) {
    for (const item of value) writer.uint32(10).string(item);
    return writer;
  },
  decode(input, length) {
    const items: string[] = [];
    readFields(input, length, (tag, reader) => {
      if (tag !== 10) return false;
      items.push(reader.string());
      return true;
    });
    return items;
  },
};

/** Sets a key of a map that was read from the wire; also one named like a property of every object. */
export function setEntry<V>(map: { [key: string]: V }, key: string, value: V): void {
  if (key === "__proto__") Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}
