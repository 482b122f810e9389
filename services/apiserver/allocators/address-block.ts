import { formatAddress, parseAddress, parseRange, rangeContains } from "../../../lib/api/ip-address.ts";

/** The addresses of one range; the network's own and, of IPv4, the broadcast address are not given to anybody. */
export class AddressBlock {
  /** As it was written: `10.96.0.0/16`. */
  readonly range: string;
  readonly family: "IPv4" | "IPv6";
  /** How many addresses can be given, up to what a number can count. */
  readonly size: number;
  readonly #base: bigint;
  readonly #bytes: number;
  readonly #contains: (address: Uint8Array) => boolean;

  /** @throws TypeError when `range` is no range. */
  constructor(range: string) {
    const parsed = parseRange(range);
    if (!parsed) throw new TypeError(`${range} is no range of addresses`);
    const bits = parsed.address.length * 8;
    this.range = range;
    this.family = bits === 32 ? "IPv4" : "IPv6";
    this.#bytes = bits / 8;
    this.#base = numberOf(parsed.address);
    this.#contains = (address) => rangeContains(parsed, address);
    const kept = bits === 32 ? 2 : 1;
    this.size = Math.max(0, Math.min(2 ** (bits - parsed.prefixLength), Number.MAX_SAFE_INTEGER) - kept);
  }

  /** The first address. */
  get first(): string {
    return this.addressOf(0);
  }

  /** The first so many are given to those who ask for them, and to others only when no more is left. */
  get reservedSize(): number {
    // As Kubernetes: a sixteenth of a range, 16 to 256 addresses.
    return this.size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(this.size / 16)), 256);
  }

  addressOf(index: number): string {
    const value = this.#base + 1n + BigInt(index);
    const bytes = Array.from({ length: this.#bytes }, (_, at) => (value >> BigInt(8 * (this.#bytes - 1 - at))) & 255n);
    return formatAddress(Uint8Array.from(bytes, Number));
  }

  /** Whether the address is in the range. */
  contains(address: string): boolean {
    const bytes = parseAddress(address);
    return bytes !== undefined && this.#contains(bytes);
  }

  /** Whether the address is one that can be given. */
  has(address: string): boolean {
    const bytes = parseAddress(address);
    if (bytes?.length !== this.#bytes) return false;
    const index = numberOf(bytes) - this.#base - 1n;
    return index >= 0n && index < BigInt(this.size);
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}
