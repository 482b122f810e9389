import type { FieldType } from "../../../gen/schema.ts";
import { canonicalQuantity } from "../../base/quantity.ts";
import { formatGoDuration, parseGoDuration } from "../go-duration.ts";
import { wireTypes } from "../wire.ts";
import type { BackwardWriter } from "./backward-writer.ts";
import { readFreeForm, writeFreeForm } from "./free-form.ts";
import type { MessageReader } from "./message-reader.ts";
import { readPart } from "./read-part.ts";
import { readMicroTime, readTime, writeMicroTime, writeTime } from "./timestamps.ts";

/** How values of one type are written and read. What has a length is written and read with it. */
export interface ScalarCodec {
  readonly wireType: number;
  /** A value of another type counts as zero: objects were checked when they came in. */
  write(writer: BackwardWriter, value: unknown): void;
  /** Undefined stands for a value that is not set. @throws RangeError and others at what is broken */
  read(reader: MessageReader): unknown;
}

const text: ScalarCodec = {
  wireType: wireTypes.bytes,
  write: (writer, value) => writer.text(typeof value === "string" ? value : ""),
  read: (reader) => reader.text(),
};

const int64: ScalarCodec = {
  wireType: wireTypes.varint,
  write: (writer, value) => writer.int64(typeof value === "number" ? Math.trunc(value) : 0),
  read: (reader) => reader.int64(),
};

const int32: ScalarCodec = { ...int64, read: (reader) => reader.int32() };

const bool: ScalarCodec = {
  wireType: wireTypes.varint,
  write: (writer, value) => writer.varint(value === true ? 1 : 0),
  read: (reader) => reader.varint() !== 0,
};

const double: ScalarCodec = {
  wireType: wireTypes.fixed64,
  write: (writer, value) => writer.double(typeof value === "number" ? value : 0),
  read: (reader) => reader.double(),
};

/** Base64 in JSON. */
const bytes: ScalarCodec = {
  wireType: wireTypes.bytes,
  write: (writer, value) => writer.bytes(Buffer.from(typeof value === "string" ? value : "", "base64")),
  read(reader) {
    const { buffer, byteOffset, length } = reader.content();
    return Buffer.from(buffer, byteOffset, length).toString("base64");
  },
};

/** A message with the text in field 1. */
const quantity: ScalarCodec = {
  wireType: wireTypes.bytes,
  write(writer, value) {
    const end = writer.length;
    writer.text(typeof value === "string" ? value : "0");
    writer.varint(10);
    writer.varint(writer.length - end);
  },
  read(reader) {
    let found = "0";
    readPart(reader, (tag) => {
      if (tag !== 10) return false;
      found = canonicalQuantity(reader.text());
      return true;
    });
    return found;
  },
};

/** A message with nanoseconds in field 1. */
const duration: ScalarCodec = {
  wireType: wireTypes.bytes,
  write(writer, value) {
    const end = writer.length;
    writer.int64(nanoseconds(typeof value === "string" ? parseGoDuration(value) : 0));
    writer.varint(8);
    writer.varint(writer.length - end);
  },
  read(reader) {
    let found = 0n;
    readPart(reader, (tag) => {
      if (tag !== 8) return false;
      found = reader.bigInt64();
      return true;
    });
    return formatGoDuration(Number(found / 1_000_000n) + Number(found % 1_000_000n) / 1e6);
  },
};

function nanoseconds(ms: number): bigint {
  const whole = Math.trunc(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/** A message that says which it is in field 1, the number in 2, the text in 3; Go writes all of them. */
const intOrString: ScalarCodec = {
  wireType: wireTypes.bytes,
  write(writer, value) {
    const end = writer.length;
    const isText = typeof value === "string";
    writer.text(isText ? value : "");
    writer.varint(26);
    writer.int64(typeof value === "number" ? value : 0);
    writer.varint(16);
    writer.varint(isText ? 1 : 0);
    writer.varint(8);
    writer.varint(writer.length - end);
  },
  read(reader) {
    let isText = false;
    let number = 0;
    let word = "";
    readPart(reader, (tag) => {
      if (tag === 8) isText = reader.varint() === 1;
      else if (tag === 16) number = reader.int32();
      else if (tag === 26) word = reader.text();
      else return false;
      return true;
    });
    return isText ? word : number;
  },
};

/** The codec of each type that is no message of its own in Kubernetes' encoding. */
export const scalarCodecs: Readonly<Partial<Record<FieldType, ScalarCodec>>> = {
  string: text,
  int32,
  int64,
  uint32: int64,
  double,
  bool,
  bytes,
  quantity,
  duration,
  intOrString,
  time: { wireType: wireTypes.bytes, write: writeTime, read: readTime },
  microTime: { wireType: wireTypes.bytes, write: writeMicroTime, read: readMicroTime },
  json: { wireType: wireTypes.bytes, write: writeFreeForm, read: readFreeForm },
};
