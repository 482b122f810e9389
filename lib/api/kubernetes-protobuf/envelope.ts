import type { ApiObject } from "../resource-info.ts";
import {
  encodeBytesField,
  encodeTextField,
  joinBytes,
  varintLength,
  WireCursor,
  wireTypes,
  writeVarint,
} from "../wire.ts";

/** What an object's bytes begin with: `k8s` and a zero. */
const magic = new Uint8Array([0x6b, 0x38, 0x73, 0]);

/** What stands around an object in Kubernetes' protobuf encoding. */
export interface Envelope {
  /** Both empty when it names no kind. */
  apiVersion: string;
  kind: string;
  /** The fields of the object. */
  raw: Uint8Array;
}

/** Whether bytes are an object with an envelope. */
export function isEnveloped(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => byte === bytes[index]);
}

/** Takes the envelope off. @throws RangeError at bytes that have none */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!isEnveloped(bytes)) throw new RangeError("the bytes do not begin as Kubernetes' protobuf does");
  const cursor = new WireCursor(bytes, magic.length);
  const envelope: Envelope = { apiVersion: "", kind: "", raw: new Uint8Array() };
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === 10) readTypeMeta(cursor.message(), envelope);
    else if (tag === 18) envelope.raw = content(cursor);
    else if (tag === 26) checkEmpty("content encoding", cursor.text());
    else if (tag === 34) checkEmpty("content type", cursor.text());
    else cursor.skip(tag);
  }
  return envelope;
}

function readTypeMeta(cursor: WireCursor, envelope: Envelope): void {
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === 10) envelope.apiVersion = cursor.text();
    else if (tag === 18) envelope.kind = cursor.text();
    else cursor.skip(tag);
  }
}

function content(cursor: WireCursor): Uint8Array {
  const end = cursor.valueEnd();
  const found = cursor.bytes.subarray(cursor.position, end);
  cursor.position = end;
  return found;
}

function checkEmpty(what: string, text: string): void {
  if (text) throw new RangeError(`unknown ${what} ${JSON.stringify(text)}`);
}

/** What stands before the fields of an object that take `length` bytes: the magic, the kind, and tag and length. */
export function envelopeStart(type: Pick<ApiObject, "apiVersion" | "kind">, length: number): Uint8Array {
  const typeMeta = joinBytes([encodeTextField(1, type.apiVersion ?? ""), encodeTextField(2, type.kind ?? "")]);
  const before = new Uint8Array(1 + varintLength(length));
  before[0] = 2 * 8 + wireTypes.bytes;
  writeVarint(before, 1, length);
  return joinBytes([magic, encodeBytesField(1, typeMeta), before]);
}

/** What stands behind them: encoding and type of the content, empty for protobuf. */
export const envelopeEnd = joinBytes([encodeTextField(3, ""), encodeTextField(4, "")]);
