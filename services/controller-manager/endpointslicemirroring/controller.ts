import type { Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { planSlices } from "../endpointslice/plan-slices.ts";
import { isNamespaceTerminating } from "../failures.ts";
import { type AddressFamily, mirroredGroups, mirroredKeyOf, mirroredMetadata } from "./mirrored-slices.ts";

const endpointsPerSlice = 1_000;
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";

/** Keeps slices equal to the Endpoints that people write for services without a selector. */
export function createEndpointSliceMirroringController(context: ControllerContext): Controller {
  return new EndpointSliceMirroringController(context);
}

class EndpointSliceMirroringController implements Controller {
  readonly name = "endpointslice-mirroring-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #endpoints: Informer<Endpoints>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;

  constructor(context: ControllerContext) {
    const { core, discovery } = context.client;
    this.#context = context;
    this.#expectations = new Expectations(context.clock);
    this.#endpoints = context.informers.informer(core.v1.endpoints);
    this.#services = context.informers.informer(core.v1.services);
    this.#slices = context.informers.informer(discovery.v1.endpointslices);
    this.#slices.addIndex("mirrored", (slice) => [mirroredKeyOf(slice) ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const own = (object: Endpoints | Service) => enqueue(objectKey(object));
    this.#endpoints.addHandler({ added: own, updated: (_, after) => own(after), deleted: own });
    this.#services.addHandler({
      added: own,
      updated: (before, after) => {
        if (isSelecting(before) !== isSelecting(after)) own(after);
      },
      deleted: own,
    });
    const owner = (slice: EndpointSlice) => {
      const key = mirroredKeyOf(slice);
      if (key) enqueue(key);
    };
    this.#slices.addHandler({
      added: (slice) => {
        this.#expectations.creationObserved(mirroredKeyOf(slice) ?? "");
        owner(slice);
      },
      updated: (_, after) => owner(after),
      deleted: owner,
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    if (!this.#expectations.satisfied(key)) return;
    const endpoints = this.#endpoints.lister.byKey(key);
    const service = this.#services.lister.byKey(key);
    const slices = this.#slices.lister.byIndex("mirrored", key).filter(({ metadata }) => !metadata?.deletionTimestamp);
    if (!endpoints || !service || isSelecting(service) || !isMirrored(endpoints)) {
      this.#expectations.forget(key);
      await Promise.all(slices.map((slice) => this.#remove(slice)));
      return;
    }
    const families: AddressFamily[] = ["IPv4", "IPv6"];
    const creations = families.flatMap((family) => this.#plan(endpoints, slices, family));
    if (creations.length > 0) this.#expectations.expectCreations(key, creations.length);
    const results = await Promise.allSettled([
      ...creations.map((slice) => this.#create(key, slice)),
      ...families.flatMap((family) => this.#changes(endpoints, slices, family).map((write) => write())),
    ]);
    const failure = results.find((result) => result.status === "rejected")?.reason;
    if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure;
  }

  #plan(endpoints: Endpoints, slices: EndpointSlice[], family: AddressFamily): EndpointSlice[] {
    const existing = slices.filter(({ addressType }) => addressType === family);
    const groups = mirroredGroups(endpoints, family);
    if (groups.size === 0) return [];
    return planSlices(existing, groups, endpointsPerSlice).create.map((content) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...mirroredMetadata(endpoints), generateName: `${endpoints.metadata?.name}-` },
      addressType: family,
      ...content,
    }));
  }

  #changes(endpoints: Endpoints, slices: EndpointSlice[], family: AddressFamily): (() => Promise<void>)[] {
    const existing = slices.filter(({ addressType }) => addressType === family);
    const groups = mirroredGroups(endpoints, family);
    if (groups.size === 0) return existing.map((slice) => () => this.#remove(slice));
    const { update, remove } = planSlices(existing, groups, endpointsPerSlice);
    const planned = new Set([...update, ...remove].map(({ metadata }) => metadata?.uid));
    const { labels, annotations } = mirroredMetadata(endpoints);
    const stale = existing.filter(
      ({ metadata }) =>
        !planned.has(metadata?.uid) &&
        !(deepEqual(metadata?.labels, labels) && deepEqual(metadata?.annotations, annotations)),
    );
    return [
      ...[...update, ...stale].map((slice) => () => this.#update(endpoints, slice)),
      ...remove.map((slice) => () => this.#remove(slice)),
    ];
  }

  async #create(key: string, slice: EndpointSlice): Promise<void> {
    try {
      await this.#context.client.discovery.v1.endpointslices.create(slice);
    } catch (error) {
      this.#expectations.creationObserved(key);
      throw error;
    }
  }

  async #update(endpoints: Endpoints, slice: EndpointSlice): Promise<void> {
    const { labels, annotations } = mirroredMetadata(endpoints);
    const metadata = { ...slice.metadata, labels, annotations };
    await this.#context.client.discovery.v1.endpointslices.update({ ...slice, metadata });
  }

  async #remove(slice: EndpointSlice): Promise<void> {
    const { namespace, name = "", uid } = slice.metadata ?? {};
    try {
      await this.#context.client.discovery.v1.endpointslices.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

function isSelecting({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0;
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata?.labels?.[skipLabel] !== "true" && metadata?.annotations?.[leaderAnnotation] === undefined;
}
