import { formatAddress, parseRange } from "../../../lib/api/ip-address.ts";

/** The address that is `offset` after the first of an IPv6 range. @throws RangeError when the range is none. */
export function addressIn(range: string, offset: number | bigint): string {
  return format(firstOf(range) + BigInt(offset));
}

/** The `index`-th `/64` inside `range`. @throws RangeError when there is none. */
export function subRange6(range: string, index: number): string {
  const prefixLength = parseRange(range)?.prefixLength ?? 128;
  if (prefixLength > 64 || index < 0 || index >= 2 ** (64 - prefixLength))
    throw new RangeError(`${range} holds no range /64 number ${index}`);
  return `${format(firstOf(range) + (BigInt(index) << 64n))}/64`;
}

function firstOf(range: string): bigint {
  const parsed = parseRange(range);
  if (parsed?.address.length !== 16) throw new RangeError(`not an IPv6 range: ${range}`);
  return parsed.address.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function format(value: bigint): string {
  return formatAddress(
    Uint8Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(8 * (15 - index))) & 255n)),
  );
}
