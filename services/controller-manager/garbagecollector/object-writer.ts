import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { GraphNode } from "./graph.ts";

/**
 * What the collector does to objects. Everything is based on the object as it was read: when it has changed since, the server
 * answers `Conflict`, which is thrown, and the decision is made anew.
 */
export class ObjectWriter {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The object as the server has it; undefined when it has gone, also when another took its name. */
  async latest({ kind, metadata }: GraphNode): Promise<KubernetesObject | undefined> {
    const { name = "", namespace, uid } = metadata;
    const found = await unlessGone(this.#resource(kind).get(name, { namespace }));
    return found?.metadata?.uid === uid ? found : undefined;
  }

  /** Answers the object with its new owners; undefined when it has gone. */
  setOwners(
    node: GraphNode,
    latest: KubernetesObject,
    ownerReferences: OwnerReference[],
  ): Promise<KubernetesObject | undefined> {
    return this.#patch(node, latest, { ownerReferences });
  }

  async removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const latest = await this.latest(node);
    const finalizers = latest?.metadata?.finalizers ?? [];
    if (!latest || !finalizers.includes(finalizer)) return;
    await this.#patch(node, latest, { finalizers: finalizers.filter((other) => other !== finalizer) });
  }

  async delete({ kind, metadata }: GraphNode, latest: KubernetesObject, propagationPolicy: string): Promise<void> {
    const { name = "", namespace } = metadata;
    const { uid, resourceVersion } = latest.metadata ?? {};
    const preconditions = { uid, resourceVersion };
    await unlessGone(this.#resource(kind).delete(name, { namespace, propagationPolicy, preconditions }));
  }

  #patch(
    { kind, metadata }: GraphNode,
    latest: KubernetesObject,
    change: object,
  ): Promise<KubernetesObject | undefined> {
    const { name = "", namespace } = metadata;
    const { uid, resourceVersion } = latest.metadata ?? {};
    const patch = { metadata: { uid, resourceVersion, ...change } };
    const type = "application/merge-patch+json";
    return unlessGone(this.#resource(kind).patch(name, patch, { namespace, type }));
  }

  #resource({ group, plural, version }: GraphNode["kind"]): ResourceClient<KubernetesObject> {
    const resource = this.#client.dynamic(group, plural, version);
    if (!resource) throw new Error(`there is no client of ${plural}.${group}/${version}`);
    return resource;
  }
}

/** Undefined when the object has gone. @throws StatusError, also when its kind is not served now: of the object that says nothing. */
export async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isStatusError(error, "NotFound") && error.details.name) return undefined;
    throw error;
  }
}
