import type { ResourceSchema } from "../../../gen/schema.ts";
import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { storedKinds } from "../stored-kinds.ts";
import { type GraphNode, type Identity, OwnerGraph } from "./graph.ts";
import { OwnerLookup } from "./owners.ts";

/** Kinds whose objects own nothing and come in floods. */
const ignoredKinds = new Set(["Event"]);

/** Deletes what has lost its owners: in the background, in the foreground before the owner, or not at all (orphans). */
export function createGarbageCollector(context: ControllerContext): Controller {
  return new GarbageCollector(context);
}

class GarbageCollector implements Controller {
  readonly name = "garbage-collector-controller";
  readonly workers = 10;
  readonly #context: ControllerContext;
  readonly #graph = new OwnerGraph();
  readonly #owners: OwnerLookup;
  #enqueue: Enqueue = () => {};

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#owners = new OwnerLookup(context.client, this.#graph, context.clock);
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
    for (const schema of storedKinds) {
      const resource = ignoredKinds.has(schema.kind)
        ? undefined
        : this.#context.client.dynamic(schema.group, schema.plural, schema.version);
      if (!resource) continue;
      this.#context.informers.informer(resource).addHandler({
        added: (object) => this.#put(schema, object),
        updated: (before, after) => {
          if (concernsOwners(before, after)) this.#put(schema, after);
        },
        deleted: (object) => this.#removed(object.metadata?.uid ?? ""),
      });
    }
  }

  async reconcile(uid: string, _signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    if (node.orphaning) return this.#orphanDependents(node);
    if (node.deletingDependents) return this.#finishForeground(node);
    if (node.deleting || node.owners.length === 0) return;
    await this.#collect(node);
  }

  #put(schema: ResourceSchema, object: KubernetesObject): void {
    const uid = object.metadata?.uid;
    if (!uid) return;
    const before = this.#graph.get(uid);
    const ownersBefore = before?.owners ?? [];
    const wasDeletingDependents = before?.deletingDependents ?? false;
    const node = this.#graph.put(identityOf(schema, object, uid), object);
    if (node.owners.length > 0 || node.orphaning || node.deletingDependents) this.#enqueue(uid);
    if (node.deletingDependents && !wasDeletingDependents)
      for (const dependent of node.dependents) this.#enqueue(dependent);
    // An owner that waits may wait no more when a dependent let go of it, or does not block it any longer.
    for (const owner of ownersBefore)
      if (this.#graph.get(owner.uid ?? "")?.deletingDependents) this.#enqueue(owner.uid ?? "");
  }

  #removed(uid: string): void {
    const node = this.#graph.remove(uid);
    if (!node) return;
    for (const dependent of node.dependents) this.#enqueue(dependent);
    for (const owner of node.owners)
      if (this.#graph.get(owner.uid ?? "")?.deletingDependents) this.#enqueue(owner.uid ?? "");
  }

  /** Decides on an object with owners, by what the server says of it now. */
  async #collect(node: GraphNode): Promise<void> {
    const latest = await this.#latest(node);
    if (!latest) return this.#removed(node.identity.uid);
    const owners = latest.metadata?.ownerReferences ?? [];
    if (owners.length === 0 || latest.metadata?.deletionTimestamp) return;
    const { solid, dangling, waiting } = await this.#owners.classify(node, owners);
    if (solid.length > 0) {
      if (dangling.length + waiting.length > 0) await this.#dropOwners(node, latest, [...dangling, ...waiting]);
      return;
    }
    const foreground = waiting.length > 0 && node.dependents.size > 0;
    await this.#delete(node, foreground ? "Foreground" : policyOf(latest));
  }

  /** An owner deleted in the foreground goes when nothing blocks it any more. */
  async #finishForeground(node: GraphNode): Promise<void> {
    const blocking = [...node.dependents].filter((uid) => this.#blocks(uid, node.identity.uid));
    for (const uid of node.dependents) this.#enqueue(uid);
    if (blocking.length === 0) await this.#removeFinalizer(node, "foregroundDeletion");
  }

  #blocks(dependent: string, owner: string): boolean {
    return (
      this.#graph
        .get(dependent)
        ?.owners.some((reference) => reference.uid === owner && reference.blockOwnerDeletion === true) ?? false
    );
  }

  async #orphanDependents(node: GraphNode): Promise<void> {
    for (const uid of [...node.dependents]) {
      const dependent = this.#graph.get(uid);
      const latest = dependent && (await this.#latest(dependent));
      if (!dependent || !latest) continue;
      const references =
        latest.metadata?.ownerReferences?.filter((reference) => reference.uid === node.identity.uid) ?? [];
      if (references.length > 0) await this.#dropOwners(dependent, latest, references);
    }
    await this.#removeFinalizer(node, "orphan");
  }

  async #dropOwners(node: GraphNode, latest: KubernetesObject, dropped: OwnerReference[]): Promise<void> {
    const uids = new Set(dropped.map((owner) => owner.uid));
    const ownerReferences = latest.metadata?.ownerReferences?.filter((owner) => !uids.has(owner.uid)) ?? [];
    const { uid, resourceVersion } = latest.metadata ?? {};
    await this.#patch(node, { metadata: { uid, resourceVersion, ownerReferences } });
  }

  async #removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const latest = await this.#latest(node);
    if (!latest?.metadata?.finalizers?.includes(finalizer)) return;
    const { uid, resourceVersion } = latest.metadata;
    const finalizers = latest.metadata.finalizers.filter((other) => other !== finalizer);
    await this.#patch(node, { metadata: { uid, resourceVersion, finalizers } });
  }

  async #patch(node: GraphNode, patch: object): Promise<void> {
    const { name, namespace } = node.identity;
    try {
      await this.#resource(node)?.patch(name, patch, { namespace, type: "application/merge-patch+json" });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  async #delete(node: GraphNode, propagationPolicy: string): Promise<void> {
    const { name, namespace, uid, kind } = node.identity;
    this.#context.logger.debug(
      { kind, namespace, object: name, propagationPolicy },
      "deleting an object without owners",
    );
    try {
      await this.#resource(node)?.delete(name, { namespace, propagationPolicy, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }

  /** The object as the server has it; undefined when it has gone, also when another took its name. */
  async #latest(node: GraphNode): Promise<KubernetesObject | undefined> {
    const { name, namespace, uid } = node.identity;
    try {
      const latest = await this.#resource(node)?.get(name, { namespace });
      return latest?.metadata?.uid === uid ? latest : undefined;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #resource(node: GraphNode): ResourceClient<KubernetesObject> | undefined {
    return this.#context.client.dynamic(node.identity.group, node.identity.plural, node.identity.version);
  }
}

function identityOf(schema: ResourceSchema, object: KubernetesObject, uid: string): Identity {
  const { group, version, kind, plural } = schema;
  return {
    group,
    version,
    kind,
    plural,
    namespace: object.metadata?.namespace,
    name: object.metadata?.name ?? "",
    uid,
  };
}

function concernsOwners(before: KubernetesObject, after: KubernetesObject): boolean {
  const [old, now] = [before.metadata, after.metadata];
  return (
    old?.uid !== now?.uid ||
    old?.deletionTimestamp !== now?.deletionTimestamp ||
    JSON.stringify(old?.ownerReferences) !== JSON.stringify(now?.ownerReferences) ||
    JSON.stringify(old?.finalizers) !== JSON.stringify(now?.finalizers)
  );
}

/** What the object's own finalizers ask for. */
function policyOf(object: KubernetesObject): string {
  const finalizers = object.metadata?.finalizers ?? [];
  if (finalizers.includes("orphan")) return "Orphan";
  return finalizers.includes("foregroundDeletion") ? "Foreground" : "Background";
}
