import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { dynamicResource } from "../../../lib/client/dynamic-resource.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { controllerOf } from "../../../lib/controller/controller-ref.ts";

interface Scaled extends KubernetesObject {
  spec?: { replicas?: number | undefined } | undefined;
}

interface Owner {
  uid: string;
  replicas: number;
}

/** How many pods the controllers of some pods want together, and which pods have none. */
export interface ExpectedScale {
  expected: number;
  /** Keys of pods. */
  unmanaged: string[];
}

/** Answers how many pods there should be, from the controllers of those there are. */
export class ExpectedScaleReader {
  readonly #context: ControllerContext;
  readonly #known: ReadonlyMap<string, Informer<Scaled>>;

  constructor(context: ControllerContext) {
    const { apps, core } = context.client;
    const { informers } = context;
    this.#context = context;
    this.#known = new Map<string, Informer<Scaled>>([
      ["ReplicaSet", informers.informer(apps.v1.replicasets)],
      ["Deployment", informers.informer(apps.v1.deployments)],
      ["StatefulSet", informers.informer(apps.v1.statefulsets)],
      ["ReplicationController", informers.informer(core.v1.replicationcontrollers)],
    ]);
  }

  /** @throws Error when a pod's controller cannot be found, or has no scale. */
  async read(pods: readonly Pod[], signal: AbortSignal): Promise<ExpectedScale> {
    const owners = new Map<string, number>();
    const direct = new Set<string>();
    const unmanaged: string[] = [];
    for (const pod of pods) {
      const reference = controllerOf(pod);
      if (!reference) {
        unmanaged.push(`${pod.metadata?.namespace}/${pod.metadata?.name}`);
        continue;
      }
      if (direct.has(reference.uid ?? "")) continue;
      direct.add(reference.uid ?? "");
      const owner = await this.#ownerOf(pod, signal);
      if (!owner) throw new Error(`found no controllers for pod "${pod.metadata?.name}"`);
      owners.set(owner.uid, owner.replicas);
    }
    const expected = [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
    return { expected, unmanaged };
  }

  /** A replica set's deployment speaks for it. */
  async #ownerOf(object: KubernetesObject, signal: AbortSignal): Promise<Owner | undefined> {
    const { kind = "", name = "", uid = "", apiVersion = "" } = controllerOf(object) ?? {};
    const namespace = object.metadata?.namespace;
    const informer = isBuiltIn(apiVersion) ? this.#known.get(kind) : undefined;
    if (!informer) return this.#scaleOf(apiVersion, kind, namespace, name, signal);
    const owner = informer.lister.get(namespace, name);
    if (!owner || owner.metadata?.uid !== uid) return undefined;
    if (kind === "ReplicaSet" && controllerOf(owner)?.kind === "Deployment") {
      const above = await this.#ownerOf(owner, signal);
      if (above) return above;
    }
    return { uid, replicas: owner.spec?.replicas ?? 1 };
  }

  /** Of another kind, which may be a custom one. */
  async #scaleOf(
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<Owner | undefined> {
    const { transport } = this.#context.client;
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    const resource = dynamicResource(transport, { group: group ?? "", version: version ?? "", kind });
    try {
      const { metadata, spec } = await resource.getScale(name, { namespace, signal });
      return { uid: metadata?.uid ?? "", replicas: spec?.replicas ?? 0 };
    } catch (error) {
      if (isStatusError(error, "NotFound", "MethodNotAllowed")) return undefined;
      throw error;
    }
  }
}

function isBuiltIn(apiVersion: string): boolean {
  return apiVersion === "v1" || apiVersion.startsWith("apps/");
}
