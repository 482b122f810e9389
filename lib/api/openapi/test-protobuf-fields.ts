import assert from "node:assert/strict";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A value of a field, as its wire type has it. */
export type Value = Uint8Array | number;

/** The fields of a message by their numbers. */
export function read(bytes: Value | undefined): Map<number, Value[]> {
  assert.ok(bytes instanceof Uint8Array);
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Value[]>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const value = readValue(reader, wireType);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

function readValue(reader: BinaryReader, wireType: WireType): Value {
  if (wireType === WireType.Varint) return Number(reader.int64());
  return wireType === WireType.Bit64 ? reader.double() : reader.bytes();
}

/** Follows a path of numbers; the first value each time. */
export function at(bytes: Value | undefined, ...numbers: number[]): Value | undefined {
  return numbers.reduce<Value | undefined>((value, number) => read(value).get(number)?.[0], bytes);
}

/** A value as text. */
export function text(value: Value | undefined): string {
  assert.ok(value instanceof Uint8Array);
  return Buffer.from(value).toString();
}
