import { isDeepStrictEqual } from "node:util";
import type { Service } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { type Informer, objectKey } from "../../lib/client/informer.ts";
import type { ServicePortEntry, ServiceTable } from "./backends/backend.ts";
import type { NodePosition } from "./candidates.ts";
import type { HealthCheck } from "./health-check-ports.ts";
import { entriesOf, healthCheckOf, serviceKeyOf } from "./service-table.ts";

const byService = "service";

/** Keeps a node's service table by what the informers tell, computing anew only services that changed. */
export class TableKeeper {
  #node: NodePosition;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #entries = new Map<string, ServicePortEntry[]>();
  readonly #healthChecks = new Map<string, HealthCheck>();
  readonly #changed = new Set<string>();
  readonly #onChange: () => void;
  readonly #removeHandlers: (() => void)[];

  /** `onChange` is called when a service may have changed; `table` then tells how. */
  constructor(node: NodePosition, services: Informer<Service>, slices: Informer<EndpointSlice>, onChange: () => void) {
    this.#node = node;
    this.#services = services;
    this.#slices = slices;
    this.#onChange = onChange;
    const touch = (key: string | undefined) => {
      if (key === undefined) return;
      this.#changed.add(key);
      onChange();
    };
    const touchService = (service: Service) => touch(objectKey(service));
    const touchSlice = (slice: EndpointSlice) => touch(serviceKeyOf(slice));
    slices.addIndex(byService, (slice) => [serviceKeyOf(slice) ?? ""]);
    this.#removeHandlers = [
      services.addHandler({
        added: touchService,
        updated: (_before, after) => touchService(after),
        deleted: touchService,
      }),
      slices.addHandler({
        added: touchSlice,
        updated: (before, after) => {
          touchSlice(before);
          touchSlice(after);
        },
        deleted: touchSlice,
      }),
    ];
  }

  /** The table as of now. Entries that did not change are the same objects as before. */
  table(): ServiceTable {
    for (const key of this.#changed) this.#recompute(key);
    this.#changed.clear();
    return { ports: [...this.#entries.values()].flat() };
  }

  /** What health check ports tell, as of the last `table`. */
  healthChecks(): HealthCheck[] {
    return [...this.#healthChecks.values()];
  }

  /** Computes all services anew, with the node in this zone. */
  moveTo(zone: string | undefined): void {
    if (zone === this.#node.zone) return;
    const { zone: _former, ...rest } = this.#node;
    this.#node = { ...rest, ...(zone !== undefined && { zone }) };
    for (const service of this.#services.lister.list()) this.#changed.add(objectKey(service));
    this.#onChange();
  }

  close(): void {
    for (const remove of this.#removeHandlers) remove();
  }

  #recompute(key: string): void {
    const service = this.#services.lister.byKey(key);
    const slices = this.#slices.lister.byIndex(byService, key);
    const entries = service ? entriesOf(service, slices, this.#node) : [];
    const healthCheck = service && healthCheckOf(service, slices, this.#node);
    if (healthCheck) this.#healthChecks.set(key, healthCheck);
    else this.#healthChecks.delete(key);
    const before = this.#entries.get(key) ?? [];
    if (entries.length === 0) this.#entries.delete(key);
    else
      this.#entries.set(
        key,
        entries.map((entry, index) => (isDeepStrictEqual(entry, before[index]) ? before[index]! : entry)),
      );
  }
}
