import type { NodeSelector } from "../../../gen/typernetes/core/v1/reference.ts";
import type { Device, ResourceSlice } from "../../../gen/typernetes/resource/v1/resource_slice.ts";
import { matchesTerm, type SelectableNode } from "../../../lib/api/node-selector-term.ts";

/** A device with what it belongs to. */
export interface OfferedDevice {
  /** `driver/pool/device`. */
  readonly key: string;
  readonly driver: string;
  readonly pool: string;
  readonly device: Device;
  readonly slice: ResourceSlice;
}

/** The devices of a pool in its newest generation. */
export interface DevicePool {
  /** `driver/pool`. */
  readonly id: string;
  /** Slices are still to come, or two devices have the same name: nothing is to be taken from it meanwhile. */
  readonly isIncomplete: boolean;
  readonly isInvalid: boolean;
  readonly devices: readonly OfferedDevice[];
}

/** A pool with those of its devices that a node can reach. */
export interface ReachablePool {
  readonly pool: DevicePool;
  readonly devices: readonly OfferedDevice[];
}

interface Entry {
  readonly slices: Map<string, ResourceSlice>;
  /** Made when somebody asks. */
  pool: DevicePool | undefined;
}

/** What drivers offer, by pools, and which nodes reach what of it. */
export class DevicePools {
  readonly #pools = new Map<string, Entry>();
  /** Pools that have slices of one node, by its name. */
  readonly #ofNode = new Map<string, Map<string, number>>();
  /** Pools that have slices which several nodes may reach. */
  readonly #ofSeveral = new Map<string, number>();
  readonly #slices = new Map<string, ResourceSlice>();

  put(slice: ResourceSlice): void {
    this.remove(slice);
    const name = slice.metadata?.name ?? "";
    const id = poolId(slice);
    const entry = this.#pools.get(id) ?? { slices: new Map<string, ResourceSlice>(), pool: undefined };
    entry.slices.set(name, slice);
    entry.pool = undefined;
    this.#pools.set(id, entry);
    this.#slices.set(name, slice);
    this.#count(slice, id, 1);
  }

  remove({ metadata }: ResourceSlice): void {
    const name = metadata?.name ?? "";
    const known = this.#slices.get(name);
    if (!known) return;
    const id = poolId(known);
    this.#slices.delete(name);
    this.#count(known, id, -1);
    const entry = this.#pools.get(id);
    if (!entry) return;
    entry.slices.delete(name);
    entry.pool = undefined;
    if (entry.slices.size === 0) this.#pools.delete(id);
  }

  /** The pools of which a node can reach something. */
  reachedBy(node: SelectableNode): ReachablePool[] {
    const ids = new Set([...(this.#ofNode.get(node.name)?.keys() ?? []), ...this.#ofSeveral.keys()]);
    return [...ids].flatMap((id) => {
      const pool = this.#poolOf(id);
      const devices = pool?.devices.filter(({ device, slice }) => isReachable(device, slice, node)) ?? [];
      return pool && devices.length > 0 ? [{ pool, devices }] : [];
    });
  }

  #poolOf(id: string): DevicePool | undefined {
    const entry = this.#pools.get(id);
    if (entry) entry.pool ??= makePool(id, [...entry.slices.values()]);
    return entry?.pool;
  }

  #count({ spec }: ResourceSlice, id: string, change: 1 | -1): void {
    if (!spec?.nodeName) {
      addTo(this.#ofSeveral, id, change);
      return;
    }
    const pools = this.#ofNode.get(spec.nodeName) ?? new Map<string, number>();
    addTo(pools, id, change);
    if (pools.size > 0) this.#ofNode.set(spec.nodeName, pools);
    else this.#ofNode.delete(spec.nodeName);
  }
}

function poolId({ spec }: ResourceSlice): string {
  return `${spec?.driver}/${spec?.pool?.name}`;
}

function makePool(id: string, all: readonly ResourceSlice[]): DevicePool {
  const generationOf = ({ spec }: ResourceSlice) => spec?.pool?.generation ?? 0;
  const newest = Math.max(...all.map(generationOf));
  const slices = all.filter((slice) => generationOf(slice) === newest);
  const devices = slices.flatMap((slice) => {
    const { driver = "", pool: { name: pool = "" } = {}, devices: offered = [] } = slice.spec ?? {};
    return offered.map((device) => ({ key: `${id}/${device.name}`, driver, pool, device, slice }));
  });
  return {
    id,
    isIncomplete: slices.length !== slices[0]?.spec?.pool?.resourceSliceCount,
    isInvalid: new Set(devices.map(({ key }) => key)).size < devices.length,
    devices,
  };
}

function isReachable(device: Device, { spec = {} }: ResourceSlice, node: SelectableNode): boolean {
  const { nodeName, allNodes, nodeSelector } = spec.perDeviceNodeSelection ? device : spec;
  if (nodeName) return nodeName === node.name;
  return allNodes === true || (nodeSelector !== undefined && matchesSelector(nodeSelector, node));
}

/** Whether a node meets one of the terms. */
export function matchesSelector({ nodeSelectorTerms = [] }: NodeSelector, node: SelectableNode): boolean {
  return nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function addTo(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
