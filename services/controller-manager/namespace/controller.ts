import { type Namespace, NamespaceServiceDefinition } from "../../../gen/typernetes/core/v1/namespace.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import { discoverKinds } from "../../../lib/client/served-kinds.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { storedCustomKinds, storedKinds } from "../stored-kinds.ts";
import { type AggregatedKinds, discoverAggregatedKinds } from "./aggregated-kinds.ts";
import { aggregatedCollection, type Collection, storedCollection } from "./collections.ts";
import { deletionConditions, type Emptying } from "./conditions.ts";

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

  async reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult | void> {
    const namespace = this.#namespaces.lister.byKey(name);
    if (!namespace?.metadata?.deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return;
    const { client } = this.#context;
    const aggregated = await discoverAggregatedKinds(client, signal);
    const pods = await empty([storedCollection(client.core.v1.pods, name)]);
    const rest = pods.remaining.length > 0 ? noneLeft : await empty(await this.#otherCollections(name, aggregated));
    const remaining = [...pods.remaining, ...rest.remaining];
    const failures = [...pods.failures, ...rest.failures];
    const { undiscovered, misnamed } = aggregated;
    if (remaining.length + failures.length + undiscovered.length + misnamed.length === 0) {
      await this.#finalize(namespace);
      return;
    }
    await this.#writeConditions(namespace, { remaining, failures, undiscovered, misnamed });
    if (failures.length > 0) throw failures[0];
    return { requeueAfterMs: pods.remaining.length > 0 ? recheckPodsMs : recheckMs };
  }

  async #otherCollections(namespace: string, { kinds: aggregated }: AggregatedKinds): Promise<Collection[]> {
    const { client } = this.#context;
    const custom = storedCustomKinds(await discoverKinds(client, { customOnly: true }));
    const kinds = [...storedKinds, ...custom].filter(
      (kind) => kind.namespaced && kind.kind !== "Pod" && kind.verbs.includes("deletecollection"),
    );
    const stored = kinds.flatMap(({ group, plural, version }) => client.dynamic(group, plural, version) ?? []);
    return [
      ...stored.map((kind) => storedCollection(kind, namespace)),
      ...aggregated.map((kind) => aggregatedCollection(client, kind, namespace)),
    ];
  }

  async #writeConditions(namespace: Namespace, emptying: Emptying): Promise<void> {
    const conditions = deletionConditions(namespace, emptying, this.#context.clock.now());
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

type Emptied = Pick<Emptying, "remaining" | "failures">;

const noneLeft: Emptied = { remaining: [], failures: [] };

/** Asks for everything in these collections to be deleted; answers what is still there. */
async function empty(collections: readonly Collection[]): Promise<Emptied> {
  const emptied: Emptied = { remaining: [], failures: [] };
  await Promise.all(
    collections.map(async (collection) => {
      try {
        if ((await collection.list(1)).length === 0) return;
        await collection.deleteAll();
        const objects = await collection.list();
        const { group, plural } = collection;
        if (objects.length > 0) emptied.remaining.push({ group, plural, objects });
      } catch (error) {
        if (!isStatusError(error, "MethodNotAllowed", "NotFound")) emptied.failures.push(error);
      }
    }),
  );
  return emptied;
}
