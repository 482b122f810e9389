import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { controllerReference, isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { isPodReady } from "../pods/pod-state.ts";
import { desiredEndpoints } from "./desired-endpoints.ts";
import { isTopologyAware } from "./hints.ts";
import { planSlices } from "./plan-slices.ts";
import { serviceKeyOf, sliceLabels, withLabels } from "./slice-metadata.ts";
import { TopologyDivision } from "./topology-division.ts";

const triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";
const zoneLabel = "topology.kubernetes.io/zone";

/** Keeps the endpoint slices of services with a selector equal to the pods that they select. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  return new EndpointSliceController(context);
}

interface SliceChanges {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: EndpointSlice[];
}

class EndpointSliceController implements Controller {
  readonly name = "endpointslice-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #division: TopologyDivision;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#expectations = new Expectations(context.clock);
    this.#services = context.informers.informer(context.client.core.v1.services);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
    this.#slices = context.informers.informer(context.client.discovery.v1.endpointslices);
    this.#division = new TopologyDivision(context.recorder, this.#nodes);
    this.#slices.addIndex("service", (slice) => [serviceKeyOf(slice) ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const own = (service: Service) => enqueue(objectKey(service));
    this.#services.addHandler({ added: own, updated: (_, after) => own(after), deleted: own });
    const selecting = (pod: Pod) => this.#servicesOf(pod).forEach(own);
    this.#pods.addHandler({
      added: selecting,
      updated: (before, after) => {
        if (!affectsEndpoints(before, after)) return;
        if (!deepEqual(before.metadata?.labels, after.metadata?.labels)) selecting(before);
        selecting(after);
      },
      deleted: selecting,
    });
    const owner = (slice: EndpointSlice) => {
      const key = serviceKeyOf(slice);
      if (key) enqueue(key);
    };
    this.#slices.addHandler({
      added: (slice) => {
        this.#expectations.creationObserved(serviceKeyOf(slice) ?? "");
        owner(slice);
      },
      updated: (before, after) => {
        if (serviceKeyOf(before) !== serviceKeyOf(after)) owner(before);
        owner(after);
      },
      deleted: owner,
    });
    this.#division.onChange(() => this.#services.lister.list().filter(isTopologyAware).forEach(own));
  }

  /** Slices of services that have gone are left to the garbage collector. */
  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const service = this.#services.lister.byKey(key);
    if (!service) {
      this.#division.forget(key);
      return this.#expectations.forget(key);
    }
    const hasSelector = Object.keys(service.spec?.selector ?? {}).length > 0;
    if (!hasSelector || service.spec?.type === "ExternalName" || service.metadata?.deletionTimestamp) return;
    if (!this.#expectations.satisfied(key)) return;
    const pods = this.#pods.lister.list(service.metadata?.namespace).filter((pod) => selects(service, pod));
    const all = this.#slices.lister.byIndex("service", key).filter(({ metadata }) => !metadata?.deletionTimestamp);
    // Those of a service before, of the same name, are about to be collected.
    const slices = all.filter((slice) => isControlledBy(slice, service));
    const families = addressFamilies(service);
    const plans = families.map((family) => this.#plan(service, pods, slices, family));
    const former = all.filter(
      (slice) => !slices.includes(slice) || !families.some((family) => family === slice.addressType),
    );
    const creations = plans.flatMap((plan) => plan.create);
    if (creations.length > 0) this.#expectations.expectCreations(key, creations.length);
    await this.#write(service, [
      ...creations.map((slice) => () => this.#create(key, slice)),
      ...plans.flatMap((plan) => plan.update).map((slice) => () => this.#update(slice)),
      ...[...former, ...plans.flatMap((plan) => plan.remove)].map((slice) => () => this.#remove(slice)),
    ]);
  }

  #plan(service: Service, pods: Pod[], slices: EndpointSlice[], family: "IPv4" | "IPv6"): SliceChanges {
    const labels = sliceLabels(service);
    const existing = slices.filter((slice) => slice.addressType === family);
    const labelled = existing.map((slice) => withLabels(slice, labels));
    const desired = desiredEndpoints(service, pods, family, (node) => this.#zoneOf(node));
    this.#division.divide(service, family, desired, existing);
    const { create, update, remove } = planSlices(labelled, desired);
    const planned = new Set([...update, ...remove].map(({ metadata }) => metadata?.uid));
    const relabelled = labelled.filter((slice) => !existing.includes(slice) && !planned.has(slice.metadata?.uid));
    return {
      create: create.map((content) => this.#newSlice(service, labels, family, content)),
      update: [...update, ...relabelled],
      remove,
    };
  }

  async #write(service: Service, writes: (() => Promise<void>)[]): Promise<void> {
    const results = await Promise.allSettled(writes.map((write) => write()));
    const failure = results.find((result) => result.status === "rejected")?.reason;
    if (failure === undefined || isNamespaceTerminating(failure)) return;
    if (!isStatusError(failure, "Conflict"))
      this.#context.recorder.event(
        service,
        "Warning",
        "FailedToUpdateEndpointSlices",
        `Error updating Endpoint Slices for Service ${objectKey(service)}: ${messageOf(failure)}`,
      );
    throw failure;
  }

  #newSlice(
    service: Service,
    labels: Record<string, string>,
    addressType: string,
    content: Pick<EndpointSlice, "ports" | "endpoints">,
  ): EndpointSlice {
    const { namespace, name } = service.metadata ?? {};
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        namespace,
        generateName: `${name}-`,
        labels,
        annotations: this.#trigger(),
        ownerReferences: [controllerReference(service, { apiVersion: "v1", kind: "Service" })],
      },
      addressType,
      ...content,
    };
  }

  async #create(key: string, slice: EndpointSlice): Promise<void> {
    try {
      await this.#context.client.discovery.v1.endpointslices.create(slice);
    } catch (error) {
      this.#expectations.creationObserved(key);
      throw error;
    }
  }

  async #update(slice: EndpointSlice): Promise<void> {
    const annotations = { ...slice.metadata?.annotations, ...this.#trigger() };
    const metadata = { ...slice.metadata, annotations };
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

  #servicesOf(pod: Pod): Service[] {
    return this.#services.lister.list(pod.metadata?.namespace).filter((service) => selects(service, pod));
  }

  #zoneOf(node: string): string | undefined {
    return this.#nodes.lister.byKey(node)?.metadata?.labels?.[zoneLabel];
  }

  #trigger(): Record<string, string> {
    return { [triggerAnnotation]: rfc3339(this.#context.clock.now()) };
  }
}

/** Whether a service has a selector, and it selects the pod. */
export function selects(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec?.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata?.labels?.[key] === value);
}

/** Whether a pod's change can change an endpoint. */
export function affectsEndpoints(before: Pod, after: Pod): boolean {
  return (
    isPodReady(before) !== isPodReady(after) ||
    before.status?.phase !== after.status?.phase ||
    before.metadata?.deletionTimestamp !== after.metadata?.deletionTimestamp ||
    before.spec?.nodeName !== after.spec?.nodeName ||
    !deepEqual(before.status?.podIPs, after.status?.podIPs) ||
    !deepEqual(before.metadata?.labels, after.metadata?.labels)
  );
}

function addressFamilies(service: Service): ("IPv4" | "IPv6")[] {
  const families = service.spec?.ipFamilies?.filter((family) => family === "IPv4" || family === "IPv6") ?? [];
  return families.length > 0 ? families : ["IPv4"];
}
