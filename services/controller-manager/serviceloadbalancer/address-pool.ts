import { formatAddress, parseAddress } from "../../../lib/api/ip-address.ts";

/** Larger pools are used up to this many addresses. */
const addressesMax = 65_536;

/**
 * The addresses of ranges such as `10.0.0.0/28`, `10.0.0.1-10.0.0.9` and `fd00::/120`, separated by commas, in order.
 * @throws RangeError when the text is none.
 */
export function poolAddresses(text: string): string[] {
  return text === "" ? [] : text.split(",").flatMap((range) => rangeAddresses(range.trim()));
}

function rangeAddresses(text: string): string[] {
  const [first = "", last] = text.split("-");
  if (last !== undefined) return between(read(first, text), read(last, text));
  const [base = "", prefix] = text.split("/");
  const address = read(base, text);
  const bits = address.bits - Number(prefix ?? address.bits);
  if (!/^\d*$/.test(prefix ?? "") || bits < 0) throw new RangeError(`${text} is no range of addresses`);
  const size = 1n << BigInt(bits);
  const start = (address.value / size) * size;
  return between({ ...address, value: start }, { ...address, value: start + size - 1n });
}

interface Address {
  value: bigint;
  bits: number;
}

function between(first: Address, last: Address): string[] {
  if (first.bits !== last.bits) throw new RangeError("the ends of a range of addresses must be of one family");
  const count = Math.max(0, Math.min(Number(last.value - first.value) + 1, addressesMax));
  return Array.from({ length: count }, (_, index) => write({ ...first, value: first.value + BigInt(index) }));
}

function read(text: string, range: string): Address {
  const bytes = parseAddress(text.trim());
  if (!bytes) throw new RangeError(`${range} is no range of addresses`);
  return { value: bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n), bits: bytes.length * 8 };
}

function write({ value, bits }: Address): string {
  const bytes = Array.from({ length: bits / 8 }, (_, at) => Number((value >> BigInt(bits - 8 * (at + 1))) & 255n));
  return formatAddress(Uint8Array.from(bytes));
}
