import { formatAddress, parseAddress, parseRange } from "../../../lib/api/ip-address.ts";
import type { Store } from "../../../lib/storage/store.ts";
import { RangeAllocator } from "./range-allocator.ts";

/** Addresses that are handed out from one range; the network's own and the broadcast address are not. */
export class ServiceAddresses {
  readonly range: string;
  readonly allocator: RangeAllocator;
  readonly #base: number;
  readonly #size: number;

  /** @throws TypeError when `range` is no IPv4 range of at least 8 addresses. */
  constructor(store: Store, range: string, random: () => number) {
    const parsed = parseRange(range);
    const bytes = parsed?.address;
    if (!parsed || bytes?.length !== 4 || parsed.prefixLength > 29) {
      throw new TypeError(`the range of service addresses must be an IPv4 range of at least 8 addresses, not ${range}`);
    }
    this.range = range;
    this.#base = bytes.reduce((value, byte) => value * 256 + byte, 0);
    // As Kubernetes: no more than 2^20 are managed.
    this.#size = Math.min(2 ** (32 - parsed.prefixLength) - 2, 2 ** 20);
    this.allocator = new RangeAllocator(store, {
      key: "/registry/ranges/serviceips",
      range,
      size: this.#size,
      reservedSize: reservedFor(this.#size),
      random,
    });
  }

  /** The first address: the one of the `kubernetes` service. */
  get first(): string {
    return this.addressOf(0);
  }

  addressOf(index: number): string {
    const value = this.#base + 1 + index;
    return formatAddress(Uint8Array.from([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)));
  }

  /** Undefined when the address is not one that is handed out. */
  indexOf(address: string): number | undefined {
    const bytes = parseAddress(address);
    if (bytes?.length !== 4) return undefined;
    const index = bytes.reduce((value, byte) => value * 256 + byte, 0) - this.#base - 1;
    return index >= 0 && index < this.#size ? index : undefined;
  }
}

/** Kubernetes keeps a sixteenth of a range, 16 to 256 numbers, for those who ask for them. */
function reservedFor(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
}
