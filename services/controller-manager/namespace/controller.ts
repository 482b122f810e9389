import { type Namespace, NamespaceServiceDefinition } from "../../../gen/typernetes/core/v1/namespace.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import { discoverKinds } from "../../../lib/client/served-kinds.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { storedCustomKinds, storedKinds } from "../stored-kinds.ts";
import { deletionConditions, type Remaining } from "./conditions.ts";

const finalizer = "kubernetes";
/** How long to wait before looking again at pods that end, and at what waits for finalizers. */
const recheckPodsMs = 1_000;
const recheckMs = 5_000;

/** Empties namespaces that are being deleted, pods first, then lets them go. */
export function createNamespaceController(context: ControllerContext): Controller {
  return new NamespaceController(context);
}

class NamespaceController implements Controller {
  readonly name = "namespace-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #namespaces: Informer<Namespace>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#namespaces = context.informers.informer(context.client.core.v1.namespaces);
  }

  setUp(enqueue: Enqueue): void {
    const own = (namespace: Namespace) => {
      if (namespace.metadata?.deletionTimestamp) enqueue(namespace.metadata.name ?? "");
    };
    this.#namespaces.addHandler({ added: own, updated: (_, after) => own(after) });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const namespace = this.#namespaces.lister.byKey(name);
    if (!namespace?.metadata?.deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return;
    const pods = await this.#empty(name, [this.#context.client.core.v1.pods]);
    const rest = pods.remaining.length > 0 ? noneLeft : await this.#empty(name, await this.#otherKinds());
    const remaining = [...pods.remaining, ...rest.remaining];
    const failures = [...pods.failures, ...rest.failures];
    if (remaining.length > 0 || failures.length > 0) {
      await this.#writeConditions(namespace, remaining, failures);
      if (failures.length > 0) throw failures[0];
      return { requeueAfterMs: pods.remaining.length > 0 ? recheckPodsMs : recheckMs };
    }
    await this.#finalize(namespace);
  }

  async #otherKinds(): Promise<ResourceClient<KubernetesObject>[]> {
    const custom = storedCustomKinds(await discoverKinds(this.#context.client, { customOnly: true }));
    const kinds = [...storedKinds, ...custom].filter(
      (kind) => kind.namespaced && kind.kind !== "Pod" && kind.verbs.includes("deletecollection"),
    );
    return kinds.flatMap((schema) => this.#context.client.dynamic(schema.group, schema.plural, schema.version) ?? []);
  }

  /** Asks for everything of these kinds to be deleted; answers what is still there. */
  async #empty(
    namespace: string,
    kinds: ResourceClient<KubernetesObject>[],
  ): Promise<{ remaining: Remaining[]; failures: unknown[] }> {
    const remaining: Remaining[] = [];
    const failures: unknown[] = [];
    await Promise.all(
      kinds.map(async (kind) => {
        try {
          const { items } = await kind.list({ namespace, limit: 1 });
          if (items.length === 0) return;
          await kind.deleteCollection({ namespace, deleteOptions: { propagationPolicy: "Background" } });
          const left = (await kind.list({ namespace })).items;
          if (left.length > 0) remaining.push({ group: kind.group, plural: kind.plural, objects: left });
        } catch (error) {
          if (!isStatusError(error, "MethodNotAllowed", "NotFound")) failures.push(error);
        }
      }),
    );
    return { remaining, failures };
  }

  async #writeConditions(namespace: Namespace, remaining: Remaining[], failures: unknown[]): Promise<void> {
    const conditions = deletionConditions(namespace, remaining, failures, this.#context.clock.now());
    if (!conditions) return;
    try {
      await this.#context.client.core.v1.namespaces.updateStatus({
        ...namespace,
        status: { ...namespace.status, conditions },
      });
    } catch (error) {
      if (!isStatusError(error, "Conflict", "NotFound")) throw error;
    }
  }

  async #finalize(namespace: Namespace): Promise<void> {
    const finalizers = namespace.spec?.finalizers?.filter((other) => other !== finalizer);
    try {
      await this.#context.client.call(NamespaceServiceDefinition, "finalize", {
        object: { ...namespace, spec: { ...namespace.spec, finalizers } },
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

const noneLeft: { remaining: Remaining[]; failures: unknown[] } = { remaining: [], failures: [] };
