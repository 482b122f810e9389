import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { Lru } from "../../../lib/base/lru.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { StoredKind } from "../stored-kinds.ts";
import { type GraphNode, isDeletingDependents, type OwnerGraph } from "./graph.ts";
import { unlessGone } from "./object-writer.ts";

/** A dependent's owners, by what they mean for its life. */
export interface ClassifiedOwners {
  /** Alive, or dying without waiting for this dependent, or of a kind that nobody knows. */
  solid: OwnerReference[];
  /** Gone. */
  dangling: OwnerReference[];
  /** Dying, and waiting for its dependents. */
  waiting: OwnerReference[];
}

const absentMax = 500;
const goneMax = 1_000;

/** Tells living owners from dead ones: from the graph where they are in it, else by asking the server. */
export class OwnerLookup {
  readonly #client: Client;
  readonly #graph: OwnerGraph;
  /** Owners found absent: a uid never comes back. */
  readonly #absent = new Lru<string, true>(absentMax);
  /** Owners that were there and went: when a definition takes them along, the server cannot be asked. */
  readonly #gone = new Lru<string, GraphNode>(goneMax);
  readonly #kinds: () => readonly StoredKind[];

  /** `kinds` are those that the cluster serves now. */
  constructor(client: Client, graph: OwnerGraph, kinds: () => readonly StoredKind[]) {
    this.#client = client;
    this.#graph = graph;
    this.#kinds = kinds;
  }

  /** An object has gone for good. */
  noteGone(node: GraphNode): void {
    this.#gone.set(node.metadata.uid ?? "", node);
  }

  /** Whether an owner may be other than alive; cheap, asks nobody. */
  isSuspect(owner: OwnerReference, node: GraphNode): boolean {
    const known = this.#graph.get(owner.uid);
    return !known || isDeletingDependents(known) || !isOfSamePlace(known, node);
  }

  /** Whether the owner lives, but in another namespace than what it is said to own. */
  isElsewhere(owner: OwnerReference, node: GraphNode): boolean {
    const known = this.#graph.get(owner.uid);
    return known !== undefined && !isOfSamePlace(known, node);
  }

  async classify(owners: readonly OwnerReference[], node: GraphNode): Promise<ClassifiedOwners> {
    const result: ClassifiedOwners = { solid: [], dangling: [], waiting: [] };
    for (const owner of owners) {
      const known = this.#graph.get(owner.uid);
      if (!this.isSuspect(owner, node)) result.solid.push(owner);
      else if (known && isOfSamePlace(known, node)) result.waiting.push(owner);
      else if (await this.#isAbsent(owner, node)) result.dangling.push(owner);
      else result.solid.push(owner);
    }
    return result;
  }

  async #isAbsent(owner: OwnerReference, node: GraphNode): Promise<boolean> {
    const { namespace } = node.metadata;
    const key = `${namespace ?? ""}/${owner.uid}`;
    if (this.#absent.get(key)) return true;
    const gone = this.#gone.get(owner.uid ?? "");
    if (gone && isOfSamePlace(gone, node)) return true;
    const kind = this.#kindOf(owner);
    // The version that a dependent speaks of may be served no longer: the owner lives all the same.
    const resource = kind && this.#client.dynamic(kind.group, kind.plural, kind.version);
    // Without a kind, or without a namespace to look in, nobody can say that the owner is gone.
    if (!resource || (kind.namespaced && !namespace)) return false;
    const found = await findUid(resource, owner.name ?? "", kind.namespaced ? namespace : undefined);
    if (found === owner.uid) return false;
    this.#absent.set(key, true);
    return true;
  }

  #kindOf({ apiVersion = "", kind }: OwnerReference): StoredKind | undefined {
    const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
    return this.#kinds().find((candidate) => candidate.group === group && candidate.kind === kind);
  }
}

/** Objects own only what is in their namespace; those without one own everywhere. */
function isOfSamePlace(owner: GraphNode, dependent: GraphNode): boolean {
  return owner.metadata.namespace === undefined || owner.metadata.namespace === dependent.metadata.namespace;
}

async function findUid(
  resource: ResourceClient<KubernetesObject>,
  name: string,
  namespace: string | undefined,
): Promise<string | undefined> {
  return (await unlessGone(resource.get(name, { namespace })))?.metadata?.uid;
}
