import { varintLength, writeVarint } from "../wire.ts";

const firstCapacity = 64 * 1024;
/** A buffer that has grown beyond it is not kept for the next message. */
const keptCapacityMax = 4 * 1024 * 1024;
const shortText = 48;

/**
 * Writes a message from its end to its beginning, so that the length of every part is known when it is its turn, and
 * nothing is measured or copied beforehand. Values come last first, each before its length and its tag.
 */
export class BackwardWriter {
  #bytes = Buffer.allocUnsafe(firstCapacity);
  #position = firstCapacity;

  /** How many bytes are written by now. */
  get length(): number {
    return this.#bytes.length - this.#position;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    if (value < 128) {
      this.#move(1);
      this.#bytes[this.#position] = value;
    } else {
      this.#move(varintLength(value));
      writeVarint(this.#bytes, this.#position, value);
    }
  }

  /** A number of 64 bits; negative ones take ten bytes. */
  int64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      this.varint(value);
      return;
    }
    const digits: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 128n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
    digits.push(Number(rest));
    this.#move(digits.length);
    this.#bytes.set(digits, this.#position);
  }

  double(value: number): void {
    this.#move(8);
    this.#bytes.writeDoubleLE(value, this.#position);
  }

  /** Text with its length before it. */
  text(value: string): void {
    const length = this.#shortAscii(value) ? value.length : this.#utf8(value);
    this.varint(length);
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): void {
    this.append(value);
    this.varint(value.length);
  }

  /** Bytes as they are. */
  append(value: Uint8Array): void {
    this.#move(value.length);
    this.#bytes.set(value, this.#position);
  }

  /** A copy of what was written; the writer is empty afterwards. */
  finish(): Uint8Array {
    const written = new Uint8Array(this.length);
    written.set(this.#bytes.subarray(this.#position));
    this.reset();
    return written;
  }

  /** Forgets what was written. */
  reset(): void {
    if (this.#bytes.length > keptCapacityMax) this.#bytes = Buffer.allocUnsafe(firstCapacity);
    this.#position = this.#bytes.length;
  }

  /** Short ASCII is faster by hand; whether it was. */
  #shortAscii(value: string): boolean {
    if (value.length > shortText) return false;
    this.#move(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#position += value.length;
        return false;
      }
      this.#bytes[this.#position + index] = code;
    }
    return true;
  }

  #utf8(value: string): number {
    const length = Buffer.byteLength(value);
    this.#move(length);
    this.#bytes.write(value, this.#position, length, "utf8");
    return length;
  }

  /** Makes room for that many bytes and stands before them. */
  #move(count: number): void {
    if (this.#position < count) this.#grow(count);
    this.#position -= count;
  }

  #grow(count: number): void {
    const { length } = this;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, length + count));
    grown.set(this.#bytes.subarray(this.#position), grown.length - length);
    this.#bytes = grown;
    this.#position = grown.length - length;
  }
}
