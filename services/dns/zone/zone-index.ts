import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Freshness } from "./record.ts";
import { canonicalAddress } from "./reverse-name.ts";
import { ServiceNames } from "./service-names.ts";

const byService = "service";
/** The label by which a slice names its service. */
const serviceNameLabel = "kubernetes.io/service-name";

export interface ZoneIndexOptions {
  clusterDomain: string;
  ttlSeconds: number;
}

/** Services by name and by address, kept by what the informers tell; only services that changed are looked at again. */
export class ZoneIndex {
  readonly #options: ZoneIndexOptions;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #names = new Map<string, ServiceNames>();
  /** How many services a namespace has. */
  readonly #namespaces = new Map<string, number>();
  /** Of each address, which services give it which name. */
  readonly #addresses = new Map<string, Map<string, string>>();
  readonly #changed = new Set<string>();
  readonly #removeHandlers: (() => void)[];
  #absence: Freshness = { stale: false };
  #addressFreshness: Freshness = { stale: false };

  constructor(services: Informer<Service>, slices: Informer<EndpointSlice>, options: ZoneIndexOptions) {
    this.#options = options;
    this.#services = services;
    this.#slices = slices;
    const touch = (service: Service) => void this.#changed.add(objectKey(service));
    const touchSlice = (slice: EndpointSlice) => void this.#changed.add(serviceKeyOf(slice));
    slices.addIndex(byService, (slice) => [serviceKeyOf(slice)]);
    this.#removeHandlers = [
      services.addHandler({ added: touch, updated: (_before, after) => touch(after), deleted: touch }),
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

  /** The names of a service, by `namespace/name`. */
  service(key: string): ServiceNames | undefined {
    this.#settle();
    return this.#names.get(key);
  }

  hasNamespace(namespace: string): boolean {
    this.#settle();
    return this.#namespaces.has(namespace);
  }

  /** The names that an address leads to. */
  namesOf(address: string): string[] {
    this.#settle();
    return [...new Set(this.#addresses.get(address)?.values())];
  }

  /** Goes stale when a service comes or goes. */
  get absence(): Freshness {
    this.#settle();
    return this.#absence;
  }

  /** Goes stale when an address gets or loses a name. */
  get addressFreshness(): Freshness {
    this.#settle();
    return this.#addressFreshness;
  }

  /** Whether what was said with this still holds. */
  holds(freshness: Freshness): boolean {
    this.#settle();
    return !freshness.stale;
  }

  close(): void {
    for (const remove of this.#removeHandlers) remove();
  }

  #settle(): void {
    if (this.#changed.size === 0) return;
    for (const key of this.#changed) this.#recompute(key);
    this.#changed.clear();
  }

  #recompute(key: string): void {
    const service = this.#services.lister.byKey(key);
    const before = this.#names.get(key);
    if (before) {
      before.stale = true;
      this.#names.delete(key);
      this.#forget(key, before);
    }
    const after = service && this.#namesOfService(key, service);
    if (after) {
      this.#names.set(key, after);
      this.#remember(key, after);
    }
    if (!before === !after) return;
    this.#absence.stale = true;
    this.#absence = { stale: false };
    const [namespace = ""] = key.split("/");
    const count = (this.#namespaces.get(namespace) ?? 0) + (after ? 1 : -1);
    if (count > 0) this.#namespaces.set(namespace, count);
    else this.#namespaces.delete(namespace);
  }

  #namesOfService(key: string, service: Service): ServiceNames {
    const { clusterDomain, ttlSeconds } = this.#options;
    const { namespace, name } = service.metadata ?? {};
    const domain = `${name}.${namespace}.svc.${clusterDomain}`.toLowerCase();
    return new ServiceNames(service, this.#slices.lister.byIndex(byService, key), domain, ttlSeconds);
  }

  #remember(key: string, names: ServiceNames): void {
    for (const [ip, name] of names.addresses) {
      const address = canonicalAddress(ip);
      const byKey = this.#addresses.get(address) ?? new Map<string, string>();
      this.#addresses.set(address, byKey.set(key, name));
      this.#addressesChange();
    }
  }

  #forget(key: string, names: ServiceNames): void {
    for (const ip of names.addresses.keys()) {
      const address = canonicalAddress(ip);
      const byKey = this.#addresses.get(address);
      byKey?.delete(key);
      if (byKey?.size === 0) this.#addresses.delete(address);
      this.#addressesChange();
    }
  }

  #addressesChange(): void {
    this.#addressFreshness.stale = true;
    this.#addressFreshness = { stale: false };
  }
}

function serviceKeyOf({ metadata }: EndpointSlice): string {
  return `${metadata?.namespace}/${metadata?.labels?.[serviceNameLabel] ?? ""}`;
}
