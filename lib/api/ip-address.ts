import type { NameRule } from "./names.ts";

/** The 4 or 16 bytes of an address. */
export type AddressBytes = Uint8Array;

/** A range of addresses: its first address and how many leading bits all have in common. */
export interface AddressRange {
  readonly address: AddressBytes;
  readonly prefixLength: number;
}

/** The bytes of an IPv4 or IPv6 address; undefined when the text is none. Leading zeros are read as decimal. */
export function parseAddress(text: string): AddressBytes | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): AddressBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    const number = /^[0-9]{1,20}$/.test(part) ? Number(part) : 256;
    if (number > 255) return undefined;
    bytes[index] = number;
  }
  return bytes;
}

function parseV6(text: string): AddressBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupBytes(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The bytes of groups of hexadecimal digits; the last may be an IPv4 address when the text ends there. */
function groupBytes(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const v4 = atEnd && index === groups.length - 1 ? parseV4(group) : undefined;
      if (!v4) return undefined;
      bytes.push(...v4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const number = Number.parseInt(group, 16);
      bytes.push(number >> 8, number & 255);
    } else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}

/** The canonical text of an address (RFC 5952). */
export function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Reads `10.0.0.0/8`; bits after the prefix are cut off. Undefined when the text is no range. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!address || !/^[0-9]{1,3}$/.test(digits) || Number(digits) > address.length * 8) return undefined;
  const prefixLength = Number(digits);
  return { address: networkOf(address, prefixLength), prefixLength };
}

function networkOf(address: AddressBytes, prefixLength: number): AddressBytes {
  return address.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & ((0xff << (8 - bits)) & 0xff);
  });
}

/** The canonical text of a range. */
export function formatRange(range: AddressRange): string {
  return `${formatAddress(range.address)}/${range.prefixLength}`;
}

/** Whether `range` has `address`. */
export function rangeContains(range: AddressRange, address: AddressBytes): boolean {
  if (range.address.length !== address.length) return false;
  const network = networkOf(address, range.prefixLength);
  return network.every((byte, index) => byte === range.address[index]);
}

/** Whether two ranges have an address in common. */
export function rangesOverlap(left: AddressRange, right: AddressRange): boolean {
  return left.prefixLength <= right.prefixLength
    ? rangeContains(left, right.address)
    : rangeContains(right, left.address);
}

/** IPv4 or IPv6. */
export const ipAddress: NameRule = (value) =>
  parseAddress(value) ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];

export const ipv4Address: NameRule = (value) =>
  parseAddress(value)?.length === 4 ? [] : ["must be a valid IPv4 address"];

export const ipv6Address: NameRule = (value) =>
  parseAddress(value)?.length === 16 ? [] : ["must be a valid IPv6 address"];

/** A range such as `10.0.0.0/8`. */
export const cidr: NameRule = (value) =>
  parseRange(value) ? [] : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
