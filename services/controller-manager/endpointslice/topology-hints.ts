import type { Endpoint } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { endpointKey } from "./desired-endpoints.ts";
import type { ZoneCapacity } from "./zone-capacity.ts";

/** An endpoint may get so much more than its part of the traffic. */
const overloadMax = 0.2;

/** The zone from which traffic is to come to each endpoint, by `endpointKey`; or why there are none. */
export type ZoneHints = { zones: ReadonlyMap<string, string> } | { fault: string };

/**
 * Divides ready endpoints among the zones by what part of the processors each has: they keep their own zone but for those
 * that a zone has too many of. Those that were given to another zone before are given to it again where possible.
 */
export function zoneHints(
  endpoints: readonly Endpoint[],
  capacity: ZoneCapacity,
  before: ReadonlyMap<string, string>,
): ZoneHints {
  if (capacity.size === 0)
    return { fault: "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes" };
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  const counts = `(${ready.length} endpoints, ${capacity.size} zones)`;
  if (ready.length < capacity.size) return { fault: `Insufficient number of endpoints ${counts}` };
  const wanted = shares(ready.length, capacity);
  if (!wanted) {
    const what = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold";
    return { fault: `${what} ${counts}` };
  }
  if (ready.some(({ zone }) => !zone)) return { fault: "One or more endpoints do not have a zone specified" };
  return { zones: divide(ready, wanted, before) };
}

/** How many endpoints each zone should have; undefined where one would have too few whatever is done. */
function shares(count: number, capacity: ZoneCapacity): Map<string, number> | undefined {
  const wanted = new Map<string, number>();
  let least = 0;
  for (const [zone, part] of capacity) {
    const minimum = Math.ceil((part * count) / (1 + overloadMax));
    wanted.set(zone, Math.max(part * count, minimum));
    least += minimum;
  }
  return least > count ? undefined : wanted;
}

function divide(
  ready: readonly Endpoint[],
  wanted: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, string>,
): Map<string, string> {
  const byZone = new Map<string, string[]>();
  for (const endpoint of ready) {
    const zone = endpoint.zone ?? "";
    byZone.set(zone, [...(byZone.get(zone) ?? []), endpointKey(endpoint)]);
  }
  // The same of the same endpoints, in whatever order they come.
  for (const keys of byZone.values()) keys.sort();
  const zones = new Map([...byZone].flatMap(([zone, keys]) => keys.map((key) => [key, zone])));
  for (const [from, to] of transfers(byZone, wanted)) {
    const keys = byZone.get(from) ?? [];
    const again = keys.findIndex((key) => before.get(key) === to);
    const [moved] = keys.splice(again < 0 ? keys.length - 1 : again, 1);
    if (moved !== undefined) zones.set(moved, to);
  }
  return zones;
}

/** Which zone gives one to which, the one with most to spare to the one that lacks most, until it would no longer help. */
function* transfers(
  byZone: ReadonlyMap<string, readonly string[]>,
  wanted: ReadonlyMap<string, number>,
): Generator<[from: string, to: string]> {
  const surplus = new Map([...wanted].map(([zone, count]) => [zone, (byZone.get(zone)?.length ?? 0) - count]));
  for (;;) {
    const ranked = [...surplus].sort(([, left], [, right]) => right - left);
    const [from, spare] = ranked[0] ?? ["", 0];
    const [to, missing] = ranked.at(-1) ?? ["", 0];
    if (spare < 0.5 || -missing < 0.5 || (spare < 1 && -missing < 1)) return;
    surplus.set(from, spare - 1);
    surplus.set(to, missing + 1);
    yield [from, to];
  }
}
