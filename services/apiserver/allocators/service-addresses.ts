import { formatAddress, parseAddress, parseRange } from "../../../lib/api/ip-address.ts";
import type { Store } from "../../../lib/storage/store.ts";
import { RangeAllocator } from "./range-allocator.ts";

/** Addresses that are handed out from one range; the network's own and, of IPv4, the broadcast address are not. */
export class ServiceAddresses {
  readonly range: string;
  readonly family: "IPv4" | "IPv6";
  readonly allocator: RangeAllocator;
  readonly #base: bigint;
  readonly #bytes: number;
  readonly #size: number;

  /** @throws TypeError when `range` is no range of at least 8 addresses. */
  constructor(store: Store, range: string, random: () => number, key = "/registry/ranges/serviceips") {
    const parsed = parseRange(range);
    const bits = (parsed?.address.length ?? 0) * 8;
    if (!parsed || parsed.prefixLength > bits - 3) {
      throw new TypeError(`the range of service addresses must be a range of at least 8 addresses, not ${range}`);
    }
    this.range = range;
    this.family = bits === 32 ? "IPv4" : "IPv6";
    this.#bytes = bits / 8;
    this.#base = numberOf(parsed.address);
    // As Kubernetes: no more than 2^20 are managed.
    this.#size = Math.min(2 ** (bits - parsed.prefixLength) - 2, 2 ** 20);
    this.allocator = new RangeAllocator(store, {
      key,
      range,
      size: this.#size,
      reservedSize: reservedFor(this.#size),
      random,
    });
  }

  /** The first address. */
  get first(): string {
    return this.addressOf(0);
  }

  addressOf(index: number): string {
    const value = this.#base + 1n + BigInt(index);
    const bytes = Array.from({ length: this.#bytes }, (_, at) => (value >> BigInt(8 * (this.#bytes - 1 - at))) & 255n);
    return formatAddress(Uint8Array.from(bytes, Number));
  }

  /** Undefined when the address is not one that is handed out. */
  indexOf(address: string): number | undefined {
    const bytes = parseAddress(address);
    if (bytes?.length !== this.#bytes) return undefined;
    const index = numberOf(bytes) - this.#base - 1n;
    return index >= 0n && index < BigInt(this.#size) ? Number(index) : undefined;
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** Kubernetes keeps a sixteenth of a range, 16 to 256 numbers, for those who ask for them. */
function reservedFor(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
}
