import { parseRange } from "../../lib/api/ip-address.ts";
import type { UpOptions } from "./options.ts";
import type { Ranges } from "./ranges.ts";

/** The ranges that a cluster is to have, where somebody cares. */
export type WantedRanges = Pick<UpOptions, "podCidr" | "serviceCidr">;

/** The ranges that were asked for. @throws Error when they are no ranges, or not of families that go together. */
export function parseWanted({ podCidr, serviceCidr }: WantedRanges): Partial<Ranges> {
  const [pods, pods6] = families(podCidr, "--pod-cidr", 23, 63);
  const [services, services6] = families(serviceCidr, "--service-cidr", 28, 124);
  if ((pods6 === undefined) !== (services6 === undefined))
    throw new Error("a cluster of two families needs an IPv4 and an IPv6 range in both --pod-cidr and --service-cidr");
  return {
    ...(pods && { pods }),
    ...(services && { services }),
    ...(pods6 && services6 && { pods6, services6 }),
  };
}

function families(
  text: string | undefined,
  flag: string,
  prefixMax: number,
  prefixMax6: number,
): (string | undefined)[] {
  if (text === undefined) return [];
  const parts = text.split(",");
  const [range = "", range6] = parts;
  const example = "an IPv4 range such as 10.244.0.0/16, and an IPv6 range after a comma if wanted";
  if (parts.length > 2 || !isRange(range, 4, prefixMax) || (range6 !== undefined && !isRange(range6, 16, prefixMax6)))
    throw new Error(`${flag} ${text} is not understood: ${example}`);
  return [range, range6];
}

function isRange(text: string, bytes: 4 | 16, prefixMax: number): boolean {
  const range = parseRange(text);
  return range?.address.length === bytes && range.prefixLength >= 8 && range.prefixLength <= prefixMax;
}
