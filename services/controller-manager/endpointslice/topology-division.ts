import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import { type EndpointGroup, endpointKey } from "./desired-endpoints.ts";
import { isTopologyAware } from "./hints.ts";
import { zoneHints } from "./topology-hints.ts";
import { affectsCapacity, type ZoneCapacity, zoneCapacity } from "./zone-capacity.ts";

/** Gives endpoints of services that want it the zone that they are for, and tells when that begins and ends. */
export class TopologyDivision {
  readonly #recorder: EventRecorder;
  readonly #nodes: Informer<Node>;
  #capacity: ZoneCapacity | undefined;
  /** What was last told of each service: why it has no hints, or the empty text. By family within its key. */
  readonly #told = new Map<string, Map<string, string>>();

  constructor(recorder: EventRecorder, nodes: Informer<Node>) {
    this.#recorder = recorder;
    this.#nodes = nodes;
  }

  /** Calls `changed` when services should be divided anew. */
  onChange(changed: () => void): void {
    const change = () => {
      this.#capacity = undefined;
      changed();
    };
    this.#nodes.addHandler({
      added: change,
      updated: (before, after) => {
        if (affectsCapacity(before, after)) change();
      },
      deleted: change,
    });
  }

  /** Sets the hints of what a service's slices should hold, `existing` being what they hold now. */
  divide(
    service: Service,
    family: string,
    desired: ReadonlyMap<string, EndpointGroup>,
    existing: readonly EndpointSlice[],
  ): void {
    if (!isTopologyAware(service)) return this.#end(service, family);
    this.#capacity ??= zoneCapacity(this.#nodes.lister.list());
    const endpoints = [...desired.values()].flatMap((group) => [...group.endpoints.values()]);
    const hints = zoneHints(endpoints, this.#capacity, hintsOf(existing));
    if ("fault" in hints) return this.#tell(service, family, hints.fault);
    for (const group of desired.values())
      for (const [key, endpoint] of group.endpoints) {
        const zone = hints.zones.get(key);
        if (zone) group.endpoints.set(key, { ...endpoint, hints: { forZones: [{ name: zone }] } });
      }
    this.#tell(service, family, "");
  }

  forget(key: string): void {
    this.#told.delete(key);
  }

  #end(service: Service, family: string): void {
    const told = this.#told.get(objectKey(service));
    if (told?.get(family) === "") this.#event(service, family, "Topology Aware Hints has been disabled");
    told?.delete(family);
  }

  #tell(service: Service, family: string, fault: string): void {
    const key = objectKey(service);
    const told = this.#told.get(key) ?? new Map<string, string>();
    if (told.get(family) === fault) return;
    this.#told.set(key, told.set(family, fault));
    this.#event(service, family, fault);
  }

  #event(service: Service, family: string, fault: string): void {
    const [type, reason] = fault
      ? (["Warning", "TopologyAwareHintsDisabled"] as const)
      : (["Normal", "TopologyAwareHintsEnabled"] as const);
    const message = `${fault || "Topology Aware Hints has been enabled"}, addressType: ${family}`;
    this.#recorder.event(service, type, reason, message);
  }
}

function hintsOf(slices: readonly EndpointSlice[]): Map<string, string> {
  return new Map(
    slices
      .flatMap(({ endpoints }) => endpoints ?? [])
      .flatMap((endpoint) => {
        const zone = endpoint.hints?.forZones?.[0]?.name;
        return zone ? [[endpointKey(endpoint), zone] as const] : [];
      }),
  );
}
