import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import type { AddressRepair } from "./address-repair.ts";
import { AllocationError } from "./allocation-error.ts";
import type { NodePorts } from "./node-ports.ts";
import { heldBy } from "./service-allocations.ts";

const intervalMs = 3 * 60 * 1000;
/** What nobody holds is given back when it was so this often in a row: its service may be on its way. */
const leakedTimesMax = 3;

export interface RepairDeps {
  cache: WatchCache;
  services: ResourceInfo;
  addresses: AddressRepair;
  nodePorts: NodePorts;
  clock: Clock;
  logger: Logger;
}

/** Brings the allocations back in line with the services, at the start and every three minutes. */
export class AllocatorRepair {
  readonly #deps: RepairDeps;
  /** How often in a row nobody held a port. */
  #leaks = new Map<number, number>();
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
    await this.#deps.addresses.repair();
    await this.#alignPorts(this.#usedPorts());
  }

  #usedPorts(): Set<number> {
    const { cache, services, nodePorts } = this.#deps;
    const serviceCache = cache.cacheOf(services);
    const used = new Set<number>();
    for (const entry of serviceCache.snapshot(undefined)) {
      const service: ApiObject & Service = serviceCache.decode(entry);
      for (const port of heldBy(service).ports) {
        const index = nodePorts.indexOf(port);
        if (index !== undefined) used.add(index);
      }
    }
    return used;
  }

  async #alignPorts(used: ReadonlySet<number>): Promise<void> {
    const { logger, nodePorts } = this.#deps;
    const { allocator } = nodePorts;
    const missing = [...used].filter((index) => !allocator.has(index));
    if (missing.length > 0) {
      logger.warn({ count: missing.length }, "node ports that services hold were not allocated");
      await Promise.all(missing.map((index) => allocator.allocate(index).catch(ignoreTaken)));
    }
    const leaked = [...allocator.allocated()].filter((index) => !used.has(index));
    this.#leaks = new Map(leaked.map((index) => [index, (this.#leaks.get(index) ?? 0) + 1]));
    const due = leaked.filter((index) => (this.#leaks.get(index) ?? 0) >= leakedTimesMax);
    if (due.length === 0) return;
    logger.warn({ count: due.length }, "node ports that nobody holds are given back");
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

function ignoreTaken(error: unknown): void {
  if (!(error instanceof AllocationError)) throw error;
}
