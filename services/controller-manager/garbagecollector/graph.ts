import type { ObjectMeta, OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { StoredKind } from "../stored-kinds.ts";

/** One object as the collector sees it. */
export interface GraphNode {
  readonly kind: StoredKind;
  readonly metadata: ObjectMeta;
}

/** Who an object's owners are. */
export function ownersOf({ metadata }: GraphNode): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}

export function isDeleting({ metadata }: GraphNode): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Whether the object is being deleted in the foreground: it waits for dependents that block it. */
export function isDeletingDependents(node: GraphNode): boolean {
  return isDeleting(node) && (node.metadata.finalizers?.includes("foregroundDeletion") ?? false);
}

/** Whether the object is being deleted, and its dependents are to live on without it. */
export function isOrphaning(node: GraphNode): boolean {
  return isDeleting(node) && (node.metadata.finalizers?.includes("orphan") ?? false);
}

/** Owners and dependents of all objects, by uid. An owner that is not there is known by its dependents alone. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string | undefined): GraphNode | undefined {
    return this.#nodes.get(uid ?? "");
  }

  /** Uids of the objects that name `uid` as an owner, whether or not that owner is there. */
  dependentsOf(uid: string | undefined): ReadonlySet<string> {
    return this.#dependents.get(uid ?? "") ?? none;
  }

  /** Takes in an object as it is now; answers what was known of it. */
  put(node: GraphNode): GraphNode | undefined {
    const { uid = "" } = node.metadata;
    const before = this.#nodes.get(uid);
    this.#nodes.set(uid, node);
    if (before) this.#unlink(before);
    for (const owner of ownersOf(node)) {
      const known = this.#dependents.get(owner.uid ?? "");
      if (known) known.add(uid);
      else this.#dependents.set(owner.uid ?? "", new Set([uid]));
    }
    return before;
  }

  /** Forgets an object that has gone, and answers what was known of it; its dependents remain known. */
  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    if (!node) return undefined;
    this.#nodes.delete(uid);
    this.#unlink(node);
    return node;
  }

  #unlink(node: GraphNode): void {
    for (const owner of ownersOf(node)) {
      const dependents = this.#dependents.get(owner.uid ?? "");
      dependents?.delete(node.metadata.uid ?? "");
      if (dependents?.size === 0) this.#dependents.delete(owner.uid ?? "");
    }
  }
}

const none: ReadonlySet<string> = new Set();
