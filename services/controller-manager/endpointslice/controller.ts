import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { isPodReady } from "../pods/pod-state.ts";
import { desiredEndpoints } from "./desired-endpoints.ts";
import { planSlices } from "./plan-slices.ts";

const serviceNameLabel = "kubernetes.io/service-name";
const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const managedBy = "endpointslice-controller.k8s.io";
const headlessLabel = "service.kubernetes.io/headless";
const triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

/** Keeps the endpoint slices of services with a selector equal to the pods that they select. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  return new EndpointSliceController(context);
}

class EndpointSliceController implements Controller {
  readonly name = "endpointslice-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #slices: Informer<EndpointSlice>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#expectations = new Expectations(context.clock);
    this.#services = context.informers.informer(context.client.core.v1.services);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#slices = context.informers.informer(context.client.discovery.v1.endpointslices);
    this.#slices.addIndex("service", (slice) => [serviceKey(slice) ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const own = (service: Service) => enqueue(objectKey(service));
    this.#services.addHandler({ added: own, updated: (_, after) => own(after), deleted: own });
    const selecting = (pod: Pod) => {
      for (const service of this.#services.lister.list(pod.metadata?.namespace))
        if (selects(service, pod)) own(service);
    };
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
      const key = serviceKey(slice);
      if (key) enqueue(key);
    };
    this.#slices.addHandler({
      added: (slice) => {
        this.#expectations.creationObserved(serviceKey(slice) ?? "");
        owner(slice);
      },
      updated: (_, after) => owner(after),
      deleted: (slice) => {
        this.#expectations.deletionObserved(serviceKey(slice) ?? "", slice.metadata?.uid ?? "");
        owner(slice);
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const service = this.#services.lister.byKey(key);
    const slices = this.#slices.lister.byIndex("service", key);
    if (!service) {
      this.#expectations.forget(key);
      await Promise.all(slices.map((slice) => this.#remove(key, slice)));
      return;
    }
    const hasSelector = Object.keys(service.spec?.selector ?? {}).length > 0;
    if (!hasSelector || service.spec?.type === "ExternalName" || service.metadata?.deletionTimestamp) return;
    if (!this.#expectations.satisfied(key)) return;
    const pods = this.#pods.lister.list(service.metadata?.namespace).filter((pod) => selects(service, pod));
    for (const family of addressFamilies(service)) {
      const ofFamily = slices.filter((slice) => slice.addressType === family && !slice.metadata?.deletionTimestamp);
      await this.#reconcileFamily(key, service, pods, family, ofFamily);
    }
  }

  async #reconcileFamily(
    key: string,
    service: Service,
    pods: Pod[],
    family: "IPv4" | "IPv6",
    slices: EndpointSlice[],
  ): Promise<void> {
    const labels = sliceLabels(service);
    const current = slices.map((slice) => withLabels(slice, labels));
    const plan = planSlices(current, desiredEndpoints(service, pods, family));
    const relabelled = current.filter(
      (slice, index) => slice !== slices[index] && !plan.update.some((update) => sameObject(update, slice)),
    );
    const updates = [
      ...plan.update,
      ...relabelled.filter((slice) => !plan.remove.some((removed) => sameObject(removed, slice))),
    ];
    if (plan.create.length > 0) this.#expectations.expectCreations(key, plan.create.length);
    await Promise.all([
      ...plan.create.map(({ ports, endpoints }) => this.#create(key, service, family, labels, { ports, endpoints })),
      ...updates.map((slice) => this.#update(slice)),
      ...plan.remove.map((slice) => this.#remove(key, slice)),
    ]);
  }

  async #create(
    key: string,
    service: Service,
    addressType: string,
    labels: Record<string, string>,
    content: Pick<EndpointSlice, "ports" | "endpoints">,
  ): Promise<void> {
    const { namespace, name } = service.metadata ?? {};
    try {
      await this.#context.client.discovery.v1.endpointslices.create({
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
      });
    } catch (error) {
      this.#expectations.creationObserved(key);
      if (isStatusError(error, "Forbidden") && error.message.includes("being terminated")) return;
      this.#context.recorder.event(
        service,
        "Warning",
        "FailedToUpdateEndpointSlices",
        `Error updating Endpoint Slices for Service ${key}: ${error}`,
      );
      throw error;
    }
  }

  async #update(slice: EndpointSlice): Promise<void> {
    const annotations = { ...slice.metadata?.annotations, ...this.#trigger() };
    await this.#context.client.discovery.v1.endpointslices.update({
      ...slice,
      metadata: { ...slice.metadata, annotations },
    });
  }

  async #remove(key: string, slice: EndpointSlice): Promise<void> {
    const { namespace, name = "", uid = "" } = slice.metadata ?? {};
    this.#expectations.expectDeletions(key, [uid]);
    try {
      await this.#context.client.discovery.v1.endpointslices.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      this.#expectations.deletionObserved(key, uid);
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }

  #trigger(): Record<string, string> {
    return { [triggerAnnotation]: rfc3339(this.#context.clock.now()) };
  }
}

/** The key of the service whose slice this is, if this controller manages it. */
function serviceKey(slice: EndpointSlice): string | undefined {
  const labels = slice.metadata?.labels ?? {};
  const name = labels[serviceNameLabel];
  return name && labels[managedByLabel] === managedBy ? `${slice.metadata?.namespace}/${name}` : undefined;
}

function selects(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec?.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata?.labels?.[key] === value);
}

/** Whether a pod's change can change an endpoint. */
function affectsEndpoints(before: Pod, after: Pod): boolean {
  return (
    isPodReady(before) !== isPodReady(after) ||
    before.status?.podIP !== after.status?.podIP ||
    before.status?.phase !== after.status?.phase ||
    before.metadata?.deletionTimestamp !== after.metadata?.deletionTimestamp ||
    before.spec?.nodeName !== after.spec?.nodeName ||
    !deepEqual(before.metadata?.labels, after.metadata?.labels)
  );
}

function addressFamilies(service: Service): ("IPv4" | "IPv6")[] {
  const families = service.spec?.ipFamilies?.filter((family) => family === "IPv4" || family === "IPv6") ?? [];
  return families.length > 0 ? families : ["IPv4"];
}

function sliceLabels(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata?.labels };
  delete labels[headlessLabel];
  if (service.spec?.clusterIP === "None") labels[headlessLabel] = "";
  return { ...labels, [serviceNameLabel]: service.metadata?.name ?? "", [managedByLabel]: managedBy };
}

/** The same slice when its labels are right, else a copy with them. */
function withLabels(slice: EndpointSlice, labels: Record<string, string>): EndpointSlice {
  return deepEqual(slice.metadata?.labels, labels) ? slice : { ...slice, metadata: { ...slice.metadata, labels } };
}

function sameObject(left: EndpointSlice, right: EndpointSlice): boolean {
  return left.metadata?.uid === right.metadata?.uid;
}
