import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import type { ClusterAddresses } from "./cluster-addresses.ts";
import type { NodePorts } from "./node-ports.ts";
import { AllocationError, type RangeAllocator } from "./range-allocator.ts";
import { heldBy } from "./service-allocations.ts";

const intervalMs = 3 * 60 * 1000;
/** What nobody holds is given back when it was so this often in a row: its service may be on its way. */
const leakedTimesMax = 3;

export interface RepairDeps {
  cache: WatchCache;
  services: ResourceInfo;
  addresses: ClusterAddresses;
  nodePorts: NodePorts;
  clock: Clock;
  logger: Logger;
}

/** Brings the allocators back in line with the services, at the start and every three minutes. */
export class AllocatorRepair {
  readonly #deps: RepairDeps;
  readonly #leaks = new Map<RangeAllocator, Map<number, number>>();
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(deps: RepairDeps) {
    this.#deps = deps;
  }

  /** The first repair, and those that follow. */
  async start(): Promise<void> {
    await this.repair();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** One repair. */
  async repair(): Promise<void> {
    const { cache, services, addresses, nodePorts } = this.#deps;
    const serviceCache = cache.cacheOf(services);
    const usedAddresses = addresses.ranges.map(() => new Set<number>());
    const usedPorts = new Set<number>();
    for (const entry of serviceCache.snapshot(undefined)) {
      const service: ApiObject & Service = serviceCache.decode(entry);
      const held = heldBy(service);
      for (const address of held.addresses)
        for (const [index, range] of addresses.ranges.entries())
          addDefined(usedAddresses[index], range.indexOf(address));
      for (const port of held.ports) addDefined(usedPorts, nodePorts.indexOf(port));
    }
    for (const [index, range] of addresses.ranges.entries())
      await this.#align(range.allocator, usedAddresses[index] ?? new Set(), "service addresses");
    await this.#align(nodePorts.allocator, usedPorts, "node ports");
  }

  async #align(allocator: RangeAllocator, used: ReadonlySet<number>, what: string): Promise<void> {
    const { logger } = this.#deps;
    const missing = [...used].filter((index) => !allocator.has(index));
    if (missing.length > 0) {
      logger.warn({ count: missing.length }, `${what} that services hold were not allocated`);
      await Promise.all(missing.map((index) => allocator.allocate(index).catch(ignoreTaken)));
    }
    const before = this.#leaks.get(allocator) ?? new Map<number, number>();
    const leaked = [...allocator.allocated()].filter((index) => !used.has(index));
    const now = new Map(leaked.map((index) => [index, (before.get(index) ?? 0) + 1]));
    const due = leaked.filter((index) => (now.get(index) ?? 0) >= leakedTimesMax);
    this.#leaks.set(allocator, now);
    if (due.length === 0) return;
    logger.warn({ count: due.length }, `${what} that nobody holds are given back`);
    await Promise.all(due.map((index) => allocator.release(index)));
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.schedule(intervalMs, () => {
      this.repair()
        .catch((error) => this.#deps.logger.error({ err: error }, "repair of service allocations failed"))
        .finally(() => this.#schedule());
    });
  }
}

function addDefined(set: Set<number> | undefined, value: number | undefined): void {
  if (value !== undefined) set?.add(value);
}

function ignoreTaken(error: unknown): void {
  if (!(error instanceof AllocationError)) throw error;
}
