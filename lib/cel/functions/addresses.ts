import type { Environment } from "@marcbachmann/cel-js";
import {
  type AddressRange,
  formatAddress,
  formatRange,
  parseAddress,
  parseRange,
  rangeContains,
} from "../../api/ip-address.ts";

class CelAddress {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether the address lies in one of the ranges of its family. */
  isIn(...ranges: string[]): boolean {
    return ranges.some((text) => {
      const range = parseRange(text);
      return range?.address.length === this.bytes.length && rangeContains(range, this.bytes);
    });
  }
}

class CelRange {
  readonly range: AddressRange;

  constructor(range: AddressRange) {
    this.range = range;
  }
}

/** `ip(…)` and `cidr(…)`. */
export function registerAddresses(environment: Environment): void {
  class Namespace {}
  environment
    .registerType("IP", CelAddress)
    .registerType("CIDR", CelRange)
    .registerType("IPNamespace", Namespace)
    .registerConstant("ip", "IPNamespace", new Namespace())
    .registerFunction("ip(string): IP", readAddress)
    .registerFunction("ip(CIDR): IP", (it: CelRange) => new CelAddress(it.range.address))
    .registerFunction("isIP(string): bool", (text: string) => parseStrict(text) !== undefined)
    .registerFunction("IPNamespace.isCanonical(string): bool", (_: Namespace, text: string) => {
      return formatAddress(readAddress(text).bytes) === text;
    })
    .registerFunction("string(IP): string", (it: CelAddress) => formatAddress(it.bytes))
    .registerOperator(
      "IP == IP",
      (left: CelAddress, right: CelAddress) => Buffer.compare(left.bytes, right.bytes) === 0,
    )
    .registerFunction("IP.family(): int", (it: CelAddress) => (it.bytes.length === 4 ? 4n : 6n))
    .registerFunction("IP.isUnspecified(): bool", (it: CelAddress) => it.isIn("0.0.0.0/32", "::/128"))
    .registerFunction("IP.isLoopback(): bool", (it: CelAddress) => it.isIn("127.0.0.0/8", "::1/128"))
    .registerFunction("IP.isLinkLocalMulticast(): bool", (it: CelAddress) => it.isIn("224.0.0.0/24", "ff02::/16"))
    .registerFunction("IP.isLinkLocalUnicast(): bool", (it: CelAddress) => it.isIn("169.254.0.0/16", "fe80::/10"))
    .registerFunction(
      "IP.isGlobalUnicast(): bool",
      (it: CelAddress) =>
        !it.isIn("0.0.0.0/32", "::/128", "127.0.0.0/8", "::1/128", "224.0.0.0/4", "ff00::/8") &&
        !it.isIn("169.254.0.0/16", "fe80::/10", "255.255.255.255/32"),
    );
  environment
    .registerFunction("cidr(string): CIDR", readRange)
    .registerFunction("isCIDR(string): bool", (text: string) => parseRange(text) !== undefined)
    .registerFunction("string(CIDR): string", (it: CelRange) => formatRange(it.range))
    .registerOperator(
      "CIDR == CIDR",
      (left: CelRange, right: CelRange) => formatRange(left.range) === formatRange(right.range),
    )
    .registerFunction("CIDR.containsIP(string): bool", (it: CelRange, text: string) => holds(it, readAddress(text)))
    .registerFunction("CIDR.containsIP(IP): bool", holds)
    .registerFunction("CIDR.containsCIDR(string): bool", (it: CelRange, text: string) =>
      holdsRange(it, readRange(text)),
    )
    .registerFunction("CIDR.containsCIDR(CIDR): bool", holdsRange)
    .registerFunction("CIDR.ip(): IP", (it: CelRange) => new CelAddress(it.range.address))
    .registerFunction("CIDR.masked(): CIDR", (it: CelRange) => new CelRange(masked(it.range)))
    .registerFunction("CIDR.prefixLength(): int", (it: CelRange) => BigInt(it.range.prefixLength));
}

/** Addresses of one family in the notation of the other, and zones, are none. */
function parseStrict(text: string): Uint8Array | undefined {
  if (/^(0[0-9]|.*\.0[0-9])/.test(text) || /^::ffff:\d+\./i.test(text)) return undefined;
  return parseAddress(text);
}

function readAddress(text: string): CelAddress {
  const bytes = parseStrict(text);
  if (!bytes) throw new SyntaxError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return new CelAddress(bytes);
}

function readRange(text: string): CelRange {
  const range = parseRange(text);
  if (!range)
    throw new SyntaxError(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  return new CelRange(range);
}

function holds({ range }: CelRange, { bytes }: CelAddress): boolean {
  return range.address.length === bytes.length && rangeContains(range, bytes);
}

function holdsRange(outer: CelRange, { range }: CelRange): boolean {
  return range.prefixLength >= outer.range.prefixLength && holds(outer, new CelAddress(range.address));
}

function masked({ address, prefixLength }: AddressRange): AddressRange {
  const bytes = address.map((byte, index) => {
    const bits = Math.max(0, Math.min(8, prefixLength - index * 8));
    return byte & (0xff00 >> bits);
  });
  return { address: bytes.map((byte) => byte & 255), prefixLength };
}
