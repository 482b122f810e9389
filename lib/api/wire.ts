/** Reading and measuring protobuf without decoding messages. */

// A byte order mark is a character like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const shortText = 32;

/** How a field's value is laid out. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Walks over the fields of one message; the value of a field must be read or skipped before the next. */
export class WireCursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** A number below 2^53; also the tag of a field (`number << 3 | wire type`). @throws RangeError at a broken message. */
  varint(): number {
    let result = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.position >= this.end) break;
      const byte = this.bytes[this.position++] ?? 0;
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
    }
    throw new RangeError("broken protobuf: a number has no end");
  }

  /** The end of a value with a length, whose start is the position afterwards. @throws RangeError at a broken message. */
  valueEnd(): number {
    const length = this.varint();
    const end = this.position + length;
    if (end > this.end) throw new RangeError("broken protobuf: a field is longer than its message");
    return end;
  }

  text(): string {
    const end = this.valueEnd();
    const text = readText(this.bytes, this.position, end);
    this.position = end;
    return text;
  }

  /** The message in the field, and moves past it. */
  message(): WireCursor {
    const end = this.valueEnd();
    const inner = new WireCursor(this.bytes, this.position, end);
    this.position = end;
    return inner;
  }

  /** Moves past the value of a field with that tag. @throws RangeError at an unknown wire type. */
  skip(tag: number): void {
    switch (tag & 7) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.fixed64:
        this.position += 8;
        return;
      case wireTypes.bytes:
        this.position = this.valueEnd();
        return;
      case wireTypes.fixed32:
        this.position += 4;
        return;
      default:
        throw new RangeError(`broken protobuf: wire type ${tag & 7}`);
    }
  }
}

/** Short ASCII is faster by hand than through a decoder. */
function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > shortText) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if (byte > 0x7f) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** How many bytes a number takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes a number at `position`; answers the position after it. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  let rest = value;
  let at = position;
  while (rest >= 128) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** The bytes of a text field, tag and length included. */
export function encodeTextField(number: number, text: string): Uint8Array {
  return encodeBytesField(number, encoder.encode(text));
}

/** The bytes of a field that holds bytes or a message, tag and length included. */
export function encodeBytesField(number: number, value: Uint8Array): Uint8Array {
  const tag = number * 8 + wireTypes.bytes;
  const target = new Uint8Array(varintLength(tag) + varintLength(value.length) + value.length);
  target.set(value, writeVarint(target, writeVarint(target, 0, tag), value.length));
  return target;
}

/** One array of several, in order. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const target = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
  return target;
}
