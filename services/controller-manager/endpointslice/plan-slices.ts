import type { Endpoint, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { type EndpointGroup, endpointKey, portsKey } from "./desired-endpoints.ts";

/** A slice holds at most this many endpoints. */
const endpointsPerSlice = 100;

/** What has to be written so that slices hold what is desired. */
export interface SlicePlan {
  create: { ports: EndpointSlice["ports"]; endpoints: Endpoint[] }[];
  update: EndpointSlice[];
  remove: EndpointSlice[];
}

/**
 * Changes as few slices as possible: endpoints stay where they are, new ones fill slices that change anyway, then slices
 * with room, then new slices; slices that become empty go, except one that stays as the sign of an empty service.
 */
export function planSlices(
  existing: readonly EndpointSlice[],
  groups: ReadonlyMap<string, EndpointGroup>,
  endpointsMax = endpointsPerSlice,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portsKey(slice.ports);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const wanted = groups.size > 0 ? groups : new Map([["", { ports: [], endpoints: new Map<string, Endpoint>() }]]);
  for (const [key, slices] of byPorts) if (!wanted.has(key)) plan.remove.push(...slices);
  for (const [key, group] of wanted) planGroup(plan, byPorts.get(key) ?? [], group, endpointsMax);
  return plan;
}

function planGroup(plan: SlicePlan, slices: EndpointSlice[], group: EndpointGroup, endpointsMax: number): void {
  const waiting = new Map(group.endpoints);
  const kept = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => takeDesired(waiting, endpoint));
    return { slice, endpoints, changed: !deepEqual(endpoints, slice.endpoints ?? []) };
  });
  for (const entry of [...kept].sort((left, right) => Number(right.changed) - Number(left.changed))) {
    if (waiting.size === 0) break;
    entry.changed = fill(entry.endpoints, waiting, endpointsMax) || entry.changed;
  }
  let needsPlaceholder = group.endpoints.size === 0;
  for (const { slice, endpoints, changed } of kept) {
    if (endpoints.length === 0 && !needsPlaceholder) plan.remove.push(slice);
    else if (changed) plan.update.push({ ...slice, endpoints });
    needsPlaceholder = false;
  }
  while (waiting.size > 0 || needsPlaceholder) {
    const endpoints: Endpoint[] = [];
    fill(endpoints, waiting, endpointsMax);
    plan.create.push({ ports: group.ports, endpoints });
    needsPlaceholder = false;
  }
}

/** The endpoint as desired, taken off the waiting list; nothing when it is not desired any more. */
function takeDesired(waiting: Map<string, Endpoint>, endpoint: Endpoint): Endpoint[] {
  const key = endpointKey(endpoint);
  const desired = waiting.get(key);
  if (!desired) return [];
  waiting.delete(key);
  return [desired];
}

function fill(endpoints: Endpoint[], waiting: Map<string, Endpoint>, endpointsMax: number): boolean {
  const before = endpoints.length;
  for (const [key, endpoint] of waiting) {
    if (endpoints.length >= endpointsMax) break;
    endpoints.push(endpoint);
    waiting.delete(key);
  }
  return endpoints.length > before;
}
