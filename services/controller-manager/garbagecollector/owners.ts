import { resources } from "../../../gen/schema.ts";
import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { GraphNode, OwnerGraph } from "./graph.ts";

/** A dependent's owners, by what they mean for its life. */
export interface ClassifiedOwners {
  /** Alive, or dying without waiting for this dependent. */
  solid: OwnerReference[];
  /** Gone. */
  dangling: OwnerReference[];
  /** Dying, and waiting for its dependents. */
  waiting: OwnerReference[];
}

/** How long an owner that was found absent is not looked up again. */
const absentForMs = 30_000;
const absentMax = 5000;

/** Tells living owners from dead ones: from the graph where they are in it, else by asking the server. */
export class OwnerLookup {
  readonly #client: Client;
  readonly #graph: OwnerGraph;
  readonly #clock: Clock;
  readonly #absent = new Map<string, number>();

  constructor(client: Client, graph: OwnerGraph, clock: Clock) {
    this.#client = client;
    this.#graph = graph;
    this.#clock = clock;
  }

  async classify(node: GraphNode, owners: readonly OwnerReference[]): Promise<ClassifiedOwners> {
    const result: ClassifiedOwners = { solid: [], dangling: [], waiting: [] };
    for (const owner of owners) {
      const known = this.#graph.get(owner.uid ?? "");
      if (known?.deletingDependents) result.waiting.push(owner);
      else if (known && this.#mayOwn(known, node)) result.solid.push(owner);
      else if (known || (await this.#isAbsent(owner, node))) result.dangling.push(owner);
      else result.solid.push(owner);
    }
    return result;
  }

  /** The client of an owner's kind; undefined for kinds that this server does not have. */
  resourceOf(owner: OwnerReference): ResourceClient<KubernetesObject> | undefined {
    const [group, version] = splitApiVersion(owner.apiVersion ?? "");
    const schema = resources.find((candidate) => candidate.group === group && candidate.kind === owner.kind);
    return schema && this.#client.dynamic(group, schema.plural, version);
  }

  /** An owner in another namespace owns nothing here. */
  #mayOwn(owner: GraphNode, node: GraphNode): boolean {
    return owner.identity.namespace === undefined || owner.identity.namespace === node.identity.namespace;
  }

  async #isAbsent(owner: OwnerReference, node: GraphNode): Promise<boolean> {
    const uid = owner.uid ?? "";
    const nowMs = this.#clock.monotonic();
    if ((this.#absent.get(uid) ?? -1) > nowMs) return true;
    const resource = this.resourceOf(owner);
    if (!resource) return false;
    const found = await findUid(resource, owner.name ?? "", node.identity.namespace);
    if (found === uid) return false;
    if (this.#absent.size >= absentMax) this.#absent.clear();
    this.#absent.set(uid, nowMs + absentForMs);
    return true;
  }
}

async function findUid(
  resource: ResourceClient<KubernetesObject>,
  name: string,
  namespace: string | undefined,
): Promise<string | undefined> {
  if (resource.namespaced && !namespace) return undefined;
  try {
    const object = await resource.get(name, { namespace: resource.namespaced ? namespace : undefined });
    return object.metadata?.uid;
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}

function splitApiVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
