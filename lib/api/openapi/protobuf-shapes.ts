import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { isRecord, type JsonRecord } from "../records.ts";

/** Writes a value of JSON as field `number` of the message that is being written. */
export type Shape = (writer: BinaryWriter, number: number, value: unknown) => void;

const delimited = 2;
const varint = 0;
const fixed64 = 1;

export const text: Shape = (writer, number, value) => {
  if (typeof value === "string" && value !== "") writer.uint32(tag(number, delimited)).string(value);
};

export const flag: Shape = (writer, number, value) => {
  if (value === true) writer.uint32(tag(number, varint)).bool(true);
};

export const whole: Shape = (writer, number, value) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) writer.uint32(tag(number, varint)).int64(value);
};

export const real: Shape = (writer, number, value) => {
  if (typeof value === "number") writer.uint32(tag(number, fixed64)).double(value);
};

/** A message that has one of several fields, by the type of the value; nothing for other values. */
export function scalarChoice(numbers: { number?: number; boolean?: number; string?: number }): Shape {
  return (writer, number, value) => {
    if (typeof value !== "number" && typeof value !== "boolean" && typeof value !== "string") return;
    open(writer, number);
    if (typeof value === "number" && numbers.number) writer.uint32(tag(numbers.number, fixed64)).double(value);
    if (typeof value === "boolean" && numbers.boolean) writer.uint32(tag(numbers.boolean, varint)).bool(value);
    if (typeof value === "string" && numbers.string) writer.uint32(tag(numbers.string, delimited)).string(value);
    writer.join();
  };
}

/** Any JSON: readers take it for YAML, which it is. */
export const anything: Shape = (writer, number, value) => {
  if (value === undefined) return;
  open(writer, number);
  text(writer, 2, `${JSON.stringify(value)}\n`);
  writer.join();
};

/** Each item of a list; a value that is no list counts as its only item. */
export function each(shape: Shape): Shape {
  return (writer, number, value) => {
    if (value === undefined) return;
    for (const item of Array.isArray(value) ? value : [value]) shape(writer, number, item);
  };
}

/** A message that has one field, number 1 unless said otherwise. */
export function wrapped(shape: Shape, inner = 1): Shape {
  return (writer, number, value) => {
    if (value === undefined) return;
    open(writer, number);
    shape(writer, inner, value);
    writer.join();
  };
}

/** The members of a record, each a message of name and value. */
export function members(shape: Shape): Shape {
  return (writer, number, value) => {
    if (!isRecord(value)) return;
    for (const [name, member] of Object.entries(value)) namedMember(writer, number, name, member, shape);
  };
}

/** One member of a record. */
export function namedMember(writer: BinaryWriter, number: number, name: string, member: unknown, shape: Shape): void {
  open(writer, number);
  text(writer, 1, name);
  shape(writer, 2, member);
  writer.join();
}

/** One of several shapes, by what the value looks like. */
export function oneOf(choose: (value: unknown) => Shape | undefined): Shape {
  return (writer, number, value) => choose(value)?.(writer, number, value);
}

/** The fields of a message by their names in JSON; `extensions` is the field of all that begin with `x-`. */
export interface MessageTable {
  readonly fields: Readonly<Record<string, readonly [number, Shape]>>;
  readonly extensions?: number;
}

export function message(table: () => MessageTable): Shape {
  return (writer, number, value) => {
    if (!isRecord(value)) return;
    open(writer, number);
    writeFields(writer, table(), value);
    writer.join();
  };
}

/** Writes what of a record the message has fields for. */
export function writeFields(writer: BinaryWriter, { fields, extensions }: MessageTable, value: JsonRecord): void {
  for (const [name, member] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field) field[1](writer, field[0], member);
    else if (extensions !== undefined && name.startsWith("x-")) namedMember(writer, extensions, name, member, anything);
  }
}

/** The bytes of a message's field alone, to be put together with others. */
export function encoded(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

function open(writer: BinaryWriter, number: number): void {
  writer.uint32(tag(number, delimited)).fork();
}

function tag(number: number, wireType: number): number {
  return (number << 3) | wireType;
}
