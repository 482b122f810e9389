import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";

/** Where an object is found. */
export interface Identity {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespace: string | undefined;
  name: string;
  uid: string;
}

/** One object as the collector sees it: who owns it and whom it owns. */
export interface GraphNode {
  readonly identity: Identity;
  owners: readonly OwnerReference[];
  /** Uids of objects that name this one as an owner. */
  readonly dependents: Set<string>;
  deleting: boolean;
  /** Being deleted in the foreground: waits for its blocking dependents. */
  deletingDependents: boolean;
  /** Being deleted with its dependents to be left alone. */
  orphaning: boolean;
}

/** Owners and dependents of all objects, by uid. Owners that are not there are known by their dependents alone. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Dependents of uids that are not in the graph. */
  readonly #waiting = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Uids of the objects that name `uid` as an owner, whether or not that owner is there. */
  dependentsOf(uid: string): ReadonlySet<string> {
    return this.#nodes.get(uid)?.dependents ?? this.#waiting.get(uid) ?? none;
  }

  /** Takes in an object as it is now. */
  put(identity: Identity, object: KubernetesObject): GraphNode {
    const owners = object.metadata?.ownerReferences ?? [];
    const existing = this.#nodes.get(identity.uid);
    const node: GraphNode = existing ?? {
      identity,
      owners: [],
      dependents: this.#waiting.get(identity.uid) ?? new Set(),
      deleting: false,
      deletingDependents: false,
      orphaning: false,
    };
    if (!existing) {
      this.#waiting.delete(identity.uid);
      this.#nodes.set(identity.uid, node);
    }
    this.#relink(node, owners);
    const finalizers = object.metadata?.finalizers ?? [];
    node.deleting = object.metadata?.deletionTimestamp !== undefined;
    node.deletingDependents = node.deleting && finalizers.includes("foregroundDeletion");
    node.orphaning = node.deleting && finalizers.includes("orphan");
    return node;
  }

  /** Forgets an object that has gone; its dependents remain known. */
  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    if (!node) return undefined;
    this.#relink(node, []);
    this.#nodes.delete(uid);
    if (node.dependents.size > 0) this.#waiting.set(uid, node.dependents);
    return node;
  }

  #relink(node: GraphNode, owners: readonly OwnerReference[]): void {
    const { uid } = node.identity;
    for (const owner of node.owners) {
      if (owners.some((other) => other.uid === owner.uid)) continue;
      this.#unlink(owner.uid ?? "", uid);
    }
    for (const owner of owners) this.#link(owner.uid ?? "", uid);
    node.owners = owners;
  }

  #link(owner: string, dependent: string): void {
    const known = this.#nodes.get(owner)?.dependents ?? this.#waiting.get(owner);
    if (known) known.add(dependent);
    else this.#waiting.set(owner, new Set([dependent]));
  }

  #unlink(owner: string, dependent: string): void {
    this.#nodes.get(owner)?.dependents.delete(dependent);
    const waiting = this.#waiting.get(owner);
    waiting?.delete(dependent);
    if (waiting?.size === 0) this.#waiting.delete(owner);
  }
}

const none: ReadonlySet<string> = new Set();
