import { isDeepStrictEqual } from "node:util";
import type { Service } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { type Informer, objectKey } from "../../lib/client/informer.ts";
import type { ServicePortEntry, ServiceTable } from "./backends/backend.ts";
import { entriesOf, serviceKeyOf } from "./service-table.ts";

const byService = "service";

/** Keeps a node's service table by what the informers tell, computing anew only services that changed. */
export class TableKeeper {
  readonly #nodeName: string;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #entries = new Map<string, ServicePortEntry[]>();
  readonly #changed = new Set<string>();
  readonly #removeHandlers: (() => void)[];

  /** `onChange` is called when a service may have changed; `table` then tells how. */
  constructor(nodeName: string, services: Informer<Service>, slices: Informer<EndpointSlice>, onChange: () => void) {
    this.#nodeName = nodeName;
    this.#services = services;
    this.#slices = slices;
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

  close(): void {
    for (const remove of this.#removeHandlers) remove();
  }

  #recompute(key: string): void {
    const service = this.#services.lister.byKey(key);
    const slices = this.#slices.lister.byIndex(byService, key);
    const entries = service ? entriesOf(service, slices, this.#nodeName) : [];
    const before = this.#entries.get(key) ?? [];
    if (entries.length === 0) this.#entries.delete(key);
    else
      this.#entries.set(
        key,
        entries.map((entry, index) => (isDeepStrictEqual(entry, before[index]) ? before[index]! : entry)),
      );
  }
}
