import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { type GraphNode, isDeleting, isDeletingDependents, isOrphaning, OwnerGraph, ownersOf } from "./graph.ts";
import { Monitors } from "./monitors.ts";
import { ObjectWriter } from "./object-writer.ts";
import { OwnerLookup } from "./owners.ts";

/** Not a uid: the first thing in the queue, so that following every kind begins when the other controllers are at work. */
const startKey = "start";

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
  readonly #writer: ObjectWriter;
  readonly #monitors: Monitors;
  #enqueue: Enqueue = () => {};

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#owners = new OwnerLookup(context.client, this.#graph, () => this.#monitors.kinds());
    this.#writer = new ObjectWriter(context.client);
    this.#monitors = new Monitors(context, {
      put: (node) => this.#put(node),
      removed: (uid) => {
        const node = this.#graph.get(uid);
        if (node) this.#owners.noteGone(node);
        this.#removed(uid);
      },
      left: (uid) => this.#removed(uid),
    });
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
    enqueue(startKey);
  }

  close(): void {
    void this.#monitors.stop();
  }

  async reconcile(uid: string, _signal: AbortSignal): Promise<void> {
    // An owner waits for all its dependents: they have to be known.
    await this.#monitors.start();
    const node = this.#graph.get(uid);
    if (!node) return;
    if (isOrphaning(node)) await this.#orphanDependents(node);
    else if (isDeletingDependents(node)) await this.#finishForeground(node);
    else if (!isDeleting(node)) await this.#collect(node);
  }

  #put(node: GraphNode): void {
    const { uid = "" } = node.metadata;
    const before = this.#graph.put(node);
    if (isDeleting(node) || ownersOf(node).some((owner) => this.#owners.isSuspect(owner, node))) this.#enqueue(uid);
    if (isDeletingDependents(node)) for (const dependent of this.#graph.dependentsOf(uid)) this.#enqueue(dependent);
    if (before) this.#wakeOwners(before);
  }

  #removed(uid: string): void {
    const node = this.#graph.remove(uid);
    for (const dependent of this.#graph.dependentsOf(uid)) this.#enqueue(dependent);
    if (node) this.#wakeOwners(node);
  }

  /** An owner that waits may wait no more when a dependent has gone, let go of it, or does not block it any longer. */
  #wakeOwners(dependent: GraphNode): void {
    for (const { uid = "" } of ownersOf(dependent)) {
      const owner = this.#graph.get(uid);
      if (owner && isDeletingDependents(owner)) this.#enqueue(uid);
    }
  }

  /** Decides on an object by what the server says of it and of its owners now. */
  async #collect(node: GraphNode): Promise<void> {
    if (!ownersOf(node).some((owner) => this.#owners.isSuspect(owner, node))) return;
    const latest = await this.#writer.latest(node);
    if (!latest) return this.#removed(node.metadata.uid ?? "");
    const owners = latest.metadata?.ownerReferences ?? [];
    if (owners.length === 0) return;
    for (const owner of owners) if (this.#owners.isElsewhere(owner, node)) this.#reportElsewhere(node, owner);
    const { solid, dangling, waiting } = await this.#owners.classify(owners, node);
    if (solid.length > 0) {
      if (solid.length < owners.length) await this.#writer.setOwners(node, latest, solid);
    } else if (waiting.length > 0 && this.#graph.dependentsOf(node.metadata.uid).size > 0) {
      const unblocked = await this.#unblockCircle(node, latest);
      if (unblocked) await this.#delete(node, unblocked, "Foreground");
    } else if (dangling.length + waiting.length > 0) await this.#delete(node, latest, policyOf(latest));
  }

  /** Objects that own each other would wait for each other for good: none of them may block. */
  async #unblockCircle(node: GraphNode, latest: KubernetesObject): Promise<KubernetesObject | undefined> {
    const dependents = [...this.#graph.dependentsOf(node.metadata.uid)].map((uid) => this.#graph.get(uid));
    if (!dependents.some((dependent) => dependent && isDeletingDependents(dependent))) return latest;
    const owners = latest.metadata?.ownerReferences ?? [];
    if (!owners.some((owner) => owner.blockOwnerDeletion)) return latest;
    return this.#writer.setOwners(
      node,
      latest,
      owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    );
  }

  /** An owner deleted in the foreground goes when nothing blocks it any more. */
  async #finishForeground(node: GraphNode): Promise<void> {
    const { uid } = node.metadata;
    const blocking = [...this.#graph.dependentsOf(uid)].filter((dependent) => this.#blocks(dependent, uid));
    if (blocking.length === 0) await this.#writer.removeFinalizer(node, "foregroundDeletion");
  }

  #blocks(dependent: string, owner: string | undefined): boolean {
    const node = this.#graph.get(dependent);
    return (
      node !== undefined && ownersOf(node).some(({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion)
    );
  }

  async #orphanDependents(node: GraphNode): Promise<void> {
    const { uid } = node.metadata;
    for (const each of [...this.#graph.dependentsOf(uid)]) {
      const dependent = this.#graph.get(each);
      const latest = dependent && (await this.#writer.latest(dependent));
      const owners = latest?.metadata?.ownerReferences ?? [];
      if (!dependent || !latest || !owners.some((owner) => owner.uid === uid)) continue;
      const others = owners.filter((owner) => owner.uid !== uid);
      await this.#writer.setOwners(dependent, latest, others);
    }
    await this.#writer.removeFinalizer(node, "orphan");
  }

  async #delete(node: GraphNode, latest: KubernetesObject, propagationPolicy: string): Promise<void> {
    const { namespace, name } = node.metadata;
    const subject = { kind: node.kind.kind, namespace, object: name };
    this.#context.logger.debug({ ...subject, propagationPolicy }, "deleting an object without owners");
    await this.#writer.delete(node, latest, propagationPolicy);
  }

  #reportElsewhere({ kind, metadata }: GraphNode, owner: OwnerReference): void {
    const { apiVersion, kind: ownerKind, name, uid } = owner;
    const { namespace = "" } = metadata;
    const message = `ownerRef [${apiVersion}/${ownerKind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace}"`;
    const object = { apiVersion: kind.apiVersion, kind: kind.kind, metadata };
    this.#context.recorder.event(object, "Warning", "OwnerRefInvalidNamespace", message);
  }
}

/** What the object's own finalizers ask for. */
function policyOf(object: KubernetesObject): string {
  const finalizers = object.metadata?.finalizers ?? [];
  if (finalizers.includes("orphan")) return "Orphan";
  return finalizers.includes("foregroundDeletion") ? "Foreground" : "Background";
}
