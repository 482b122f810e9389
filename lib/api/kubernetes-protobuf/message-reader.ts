import { WireCursor } from "../wire.ts";

/** Deepest nesting of messages, as for objects that come as JSON. */
const depthMax = 90;

/** What a message of Kubernetes' encoding needs beyond `WireCursor`. All of it throws RangeError at broken bytes. */
export class MessageReader extends WireCursor {
  /** How many messages the position is inside. */
  depth: number;
  /** Reads an object with an envelope of its own, which free-form fields may hold. */
  readonly embedded: (bytes: Uint8Array, depth: number) => unknown;

  constructor(bytes: Uint8Array, embedded: (bytes: Uint8Array, depth: number) => unknown, depth = 0) {
    super(bytes);
    this.embedded = embedded;
    this.depth = depth;
  }

  enter(): void {
    if (++this.depth > depthMax) throw new RangeError("exceeded max depth");
  }

  leave(): void {
    this.depth--;
  }

  /** A number of 64 bits that JavaScript holds exactly. */
  int64(): number {
    const start = this.position;
    const plain = this.varint();
    if (plain <= Number.MAX_SAFE_INTEGER) return plain;
    this.position = start;
    const value = Number(this.bigInt64());
    if (!Number.isSafeInteger(value)) throw new RangeError(`the number ${value} has too many digits`);
    return value;
  }

  /** A number of 32 bits. */
  int32(): number {
    const start = this.position;
    const plain = this.varint();
    if (plain < 0x80000000) return plain;
    this.position = start;
    return Number(BigInt.asIntN(32, this.bigInt64()));
  }

  bigInt64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.position++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return BigInt.asIntN(64, value);
  }

  double(): number {
    if (this.position + 8 > this.end) throw new RangeError("broken protobuf: a number has no end");
    const value = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.position, 8).getFloat64(0, true);
    this.position += 8;
    if (!Number.isFinite(value)) throw new RangeError(`${value} is no number that JSON can hold`);
    return value;
  }

  /** The bytes of a field, shared with the message. */
  content(): Uint8Array {
    const end = this.valueEnd();
    const content = this.bytes.subarray(this.position, end);
    this.position = end;
    return content;
  }
}
