import { createInformer } from "../../../lib/client/create-informer.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import { discoverKinds } from "../../../lib/client/served-kinds.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { storedCustomKinds, storedKinds } from "../stored-kinds.ts";

/** A quota whose objects cannot be listed in this time is tried again. */
const syncMsMax = 10_000;

/** What happens to objects that are counted. */
export interface CountedHandler {
  added(kind: string, object: KubernetesObject): void;
  updated(kind: string, before: KubernetesObject, after: KubernetesObject): void;
  deleted(kind: string, object: KubernetesObject): void;
}

/** Follows the kinds (`pods`, `jobs.batch`) that quotas count, from when they are first asked for. */
export class CountedKinds {
  readonly #context: ControllerContext;
  readonly #informers = new Map<string, Informer<KubernetesObject>>();
  #handler: CountedHandler | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  onChange(handler: CountedHandler): void {
    this.#handler = handler;
  }

  /** The objects of a kind in a namespace; none of a kind that is not served. Rejects when they cannot be had in time. */
  async list(kind: string, namespace: string, signal: AbortSignal): Promise<KubernetesObject[]> {
    const informer = this.#informers.get(kind) ?? (await this.#follow(kind));
    if (!informer) return [];
    await informer.waitForSync(AbortSignal.any([signal, AbortSignal.timeout(syncMsMax)]));
    return informer.lister.list().filter(({ metadata }) => metadata?.namespace === namespace);
  }

  close(): void {
    for (const informer of this.#informers.values()) void informer.stop();
  }

  async #follow(kind: string): Promise<Informer<KubernetesObject> | undefined> {
    const resource = await this.#resourceOf(kind);
    const existing = this.#informers.get(kind);
    if (!resource || existing) return existing;
    const { clock, random, logger } = this.#context;
    const isWhole = kind === "pods" || kind === "services" || kind === "persistentvolumeclaims";
    const informer = createInformer(resource, { clock, random, logger, ...(!isWhole && { keep: place }) });
    informer.addHandler({
      added: (object) => this.#handler?.added(kind, object),
      updated: (before, after) => this.#handler?.updated(kind, before, after),
      deleted: (object) => this.#handler?.deleted(kind, object),
    });
    this.#informers.set(kind, informer);
    informer.start();
    return informer;
  }

  async #resourceOf(kind: string): Promise<ResourceClient<KubernetesObject> | undefined> {
    const { client } = this.#context;
    const isMeant = ({ group, plural }: { group: string; plural: string }) =>
      (group ? `${plural}.${group}` : plural) === kind;
    const known =
      storedKinds.find(isMeant) ?? storedCustomKinds(await discoverKinds(client, { customOnly: true })).find(isMeant);
    return known && client.dynamic(known.group, known.plural, known.version);
  }
}

/** Of most objects only their number counts. */
function place({ metadata = {} }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion } };
}
