/**
 * The few ASN.1 types that certificates are made of, in their distinguished encoding (ITU-T X.690). Written out here
 * because a cluster makes its certificates while it starts, and no library does that within the time there is.
 */

/** A value of a universal type, by its tag. */
function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodedLength(content.length), content]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...items);
}

export function setOf(...items: readonly Uint8Array[]): Buffer {
  return tagged(0x31, ...items);
}

/** A whole number of any size that is not negative, most significant byte first. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return (digits[0] ?? 0) > 127 ? tagged(0x02, Buffer.from([0]), digits) : tagged(0x02, digits);
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

/** `2.5.4.3`. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) bytes.push(...base128(arc));
  return tagged(0x06, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text, "utf8"));
}

export function octetString(content: Uint8Array): Buffer {
  return tagged(0x04, content);
}

/** Whole bytes of bits; `unusedBits` of the last byte do not count. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.from([unusedBits]), content);
}

/** A moment, as X.509 wants it: two digits for the year until 2049. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : tagged(0x18, Buffer.from(`${digits}Z`));
}

/** A member that is told apart by a number; `[n] EXPLICIT` when its content is a value of its own. */
export function contextConstructed(number: number, ...contents: readonly Uint8Array[]): Buffer {
  return tagged(0xa0 + number, ...contents);
}

/** `[n] IMPLICIT` of a simple type. */
export function contextPrimitive(number: number, content: Uint8Array): Buffer {
  return tagged(0x80 + number, content);
}

function encodedLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) + 128);
  return bytes;
}
