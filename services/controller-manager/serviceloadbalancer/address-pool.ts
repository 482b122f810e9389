import { formatAddress, parseAddress } from "../../../lib/api/ip-address.ts";

/** Larger pools are used up to this many addresses. */
const addressesMax = 65_536;

/** The addresses of `10.0.0.0/28` or `10.0.0.1-10.0.0.9`, in order. @throws RangeError when the text is neither. */
export function poolAddresses(text: string): string[] {
  if (text === "") return [];
  const [first = "", last] = text.split("-");
  if (last !== undefined) return between(readV4(first, text), readV4(last, text));
  const [base = "", prefix = "32"] = text.split("/");
  const bits = 32 - Number(prefix);
  if (!/^\d+$/.test(prefix) || bits < 0) throw new RangeError(`${text} is no range of addresses`);
  const start = Math.floor(readV4(base, text) / 2 ** bits) * 2 ** bits;
  return between(start, start + 2 ** bits - 1);
}

function between(first: number, last: number): string[] {
  const count = Math.min(Math.max(0, last - first + 1), addressesMax);
  return Array.from({ length: count }, (_, index) => writeV4(first + index));
}

function readV4(text: string, range: string): number {
  const bytes = parseAddress(text.trim());
  if (bytes?.length !== 4) throw new RangeError(`${range} is no range of IPv4 addresses`);
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

function writeV4(number: number): string {
  return formatAddress(Uint8Array.from([24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256)));
}
