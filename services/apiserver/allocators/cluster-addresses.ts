import type { Store } from "../../../lib/storage/store.ts";
import { ServiceAddresses } from "./service-addresses.ts";

export type Family = "IPv4" | "IPv6";

/** The ranges of service addresses of a cluster: one, or one of each family, the cluster's own first. */
export class ClusterAddresses {
  readonly ranges: readonly ServiceAddresses[];

  /** `text` holds one range or two, separated by a comma. @throws TypeError when they are none, or of the same family. */
  constructor(store: Store, text: string, random: () => number) {
    const keys = ["serviceips", "secondaryserviceips"];
    const parts = text.split(",");
    if (parts.length > 2) throw new TypeError(`one range of service addresses for each family is enough, not ${text}`);
    this.ranges = parts.map(
      (range, index) => new ServiceAddresses(store, range, random, `/registry/ranges/${keys[index]}`),
    );
    if (new Set(this.families).size < parts.length)
      throw new TypeError(`two ranges of service addresses must be of different families, not ${text}`);
  }

  get families(): Family[] {
    return this.ranges.map(({ family }) => family);
  }

  /** The first address: the one of the `kubernetes` service. */
  get first(): string {
    return this.ranges[0]?.first ?? "";
  }

  of(family: string): ServiceAddresses | undefined {
    return this.ranges.find((range) => range.family === family);
  }

  async load(): Promise<void> {
    await Promise.all(this.ranges.map(({ allocator }) => allocator.load()));
  }

  /** Gives an address back; nothing when it is none of these. */
  async release(address: string): Promise<void> {
    const range = this.of(address.includes(":") ? "IPv6" : "IPv4");
    await range?.allocator.release(range.indexOf(address) ?? -1);
  }
}
