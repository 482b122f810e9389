import type { Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey, splitKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { affectsEndpoints, selects } from "../endpointslice/controller.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { desiredSubsets, truncated } from "./subsets.ts";

const triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";
const capacityAnnotation = "endpoints.kubernetes.io/over-capacity";
const managedByLabel = "endpoints.kubernetes.io/managed-by";
const headlessLabel = "service.kubernetes.io/headless";

/** Keeps the Endpoints of services with a selector equal to the pods that they select. */
export function createEndpointsController(context: ControllerContext): Controller {
  return new EndpointsController(context);
}

class EndpointsController implements Controller {
  readonly name = "endpoints-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #endpoints: Informer<Endpoints>;

  constructor(context: ControllerContext) {
    const { core } = context.client;
    this.#context = context;
    this.#services = context.informers.informer(core.v1.services);
    this.#pods = context.informers.informer(core.v1.pods);
    this.#endpoints = context.informers.informer(core.v1.endpoints);
  }

  setUp(enqueue: Enqueue): void {
    const own = (object: Service | Endpoints) => enqueue(objectKey(object));
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
    this.#endpoints.addHandler({ deleted: own });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const service = this.#services.lister.byKey(key);
    if (!service) return this.#delete(key);
    if (Object.keys(service.spec?.selector ?? {}).length === 0 || service.spec?.type === "ExternalName") return;
    const current = this.#endpoints.lister.byKey(key);
    const desired = this.#desired(service, current);
    if (current && isSame(current, desired)) return;
    await this.#write(service, current, desired);
  }

  #desired(service: Service, current: Endpoints | undefined): Endpoints {
    const pods = this.#pods.lister.list(service.metadata?.namespace).filter((pod) => selects(service, pod));
    const { subsets, overCapacity } = truncated(desiredSubsets(service, pods));
    const { [capacityAnnotation]: _, ...annotations } = current?.metadata?.annotations ?? {};
    const { name, namespace } = service.metadata ?? {};
    return {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: {
        ...(current?.metadata ?? { name, namespace }),
        labels: labelsOf(service),
        annotations: { ...annotations, ...(overCapacity && { [capacityAnnotation]: "truncated" }) },
      },
      subsets: subsets.length > 0 ? subsets : undefined,
    };
  }

  async #write(service: Service, current: Endpoints | undefined, desired: Endpoints): Promise<void> {
    const { client, clock, recorder } = this.#context;
    const annotations = { ...desired.metadata?.annotations, [triggerAnnotation]: rfc3339(clock.now()) };
    const written = { ...desired, metadata: { ...desired.metadata, annotations } };
    try {
      if (current) await client.core.v1.endpoints.update(written);
      else await client.core.v1.endpoints.create(written);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const [reason, verb] = current ? ["FailedToUpdateEndpoint", "update"] : ["FailedToCreateEndpoint", "create"];
      if (!isStatusError(error, "Conflict", "AlreadyExists"))
        recorder.event(
          service,
          "Warning",
          reason,
          `Failed to ${verb} endpoint ${objectKey(service)}: ${messageOf(error)}`,
        );
      throw error;
    }
  }

  /** Of a service that has gone. */
  async #delete(key: string): Promise<void> {
    if (!this.#endpoints.lister.byKey(key)) return;
    const { namespace, name } = splitKey(key);
    try {
      await this.#context.client.core.v1.endpoints.delete(name, { namespace });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #servicesOf(pod: Pod): Service[] {
    return this.#services.lister.list(pod.metadata?.namespace).filter((service) => selects(service, pod));
  }
}

function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = metadata?.labels ?? {};
  return {
    ...labels,
    ...(spec?.clusterIP === "None" && { [headlessLabel]: "" }),
    [managedByLabel]: "endpoint-controller",
  };
}

/** When it was changed last makes no difference. */
function isSame(current: Endpoints, desired: Endpoints): boolean {
  return (
    deepEqual(current.subsets ?? [], desired.subsets ?? []) &&
    deepEqual(current.metadata?.labels ?? {}, desired.metadata?.labels ?? {}) &&
    current.metadata?.annotations?.[capacityAnnotation] === desired.metadata?.annotations?.[capacityAnnotation]
  );
}
