import { createInformer } from "../../../lib/client/create-informer.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import { CustomKinds, discoverKinds } from "../../../lib/client/served-kinds.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { type StoredKind, storedCustomKinds, storedKinds } from "../stored-kinds.ts";

/** A quota whose objects cannot be listed in this time is tried again. */
const syncMsMax = 10_000;

/** What happens to objects that are counted. */
export interface CountedHandler {
  added(kind: string, object: KubernetesObject): void;
  updated(kind: string, before: KubernetesObject, after: KubernetesObject): void;
  deleted(kind: string, object: KubernetesObject): void;
  /** The cluster serves a kind from now on, or no longer, or in another version. */
  redefined(kind: string): void;
}

interface Followed {
  version: string;
  informer: Informer<KubernetesObject>;
}

/** Follows the kinds (`pods`, `jobs.batch`) that quotas count, from when they are first asked for, while they are served. */
export class CountedKinds {
  readonly #context: ControllerContext;
  readonly #followed = new Map<string, Followed>();
  readonly #customKinds: CustomKinds;
  /** The version of each custom kind, by the kind. */
  #versions = new Map<string, string>();
  #handler: CountedHandler | undefined;
  #isClosed = false;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#customKinds = new CustomKinds(context.client, context.clock);
    this.#customKinds.onChange((served) => this.#redefine(storedCustomKinds(served)));
  }

  onChange(handler: CountedHandler): void {
    this.#handler = handler;
  }

  /** The objects of a kind in a namespace; none of a kind that is not served. Rejects when they cannot be had in time. */
  async list(kind: string, namespace: string, signal: AbortSignal): Promise<KubernetesObject[]> {
    const informer = this.#followed.get(kind)?.informer ?? (await this.#follow(kind, signal));
    if (!informer) return [];
    await informer.waitForSync(AbortSignal.any([signal, AbortSignal.timeout(syncMsMax)]));
    return informer.lister.list().filter(({ metadata }) => metadata?.namespace === namespace);
  }

  close(): void {
    this.#isClosed = true;
    void this.#customKinds.stop();
    for (const { informer } of this.#followed.values()) void informer.stop();
  }

  async #follow(kind: string, signal: AbortSignal): Promise<Informer<KubernetesObject> | undefined> {
    const known = storedKinds.find((each) => keyOf(each) === kind) ?? (await this.#customKind(kind, signal));
    const existing = this.#followed.get(kind);
    if (!known || existing || this.#isClosed) return existing?.informer;
    const { client, clock, random, logger } = this.#context;
    const resource = client.dynamic(known.group, known.plural, known.version);
    if (!resource) return undefined;
    const isWhole = kind === "pods" || kind === "services" || kind === "persistentvolumeclaims";
    const informer = createInformer(resource, { clock, random, logger, ...(!isWhole && { keep: place }) });
    informer.addHandler({
      added: (object) => this.#handler?.added(kind, object),
      updated: (before, after) => this.#handler?.updated(kind, before, after),
      deleted: (object) => this.#handler?.deleted(kind, object),
    });
    this.#followed.set(kind, { version: known.version, informer });
    informer.start();
    return informer;
  }

  /** @throws Error when the server serves a kind that it has not told of yet, or cannot be asked. */
  async #customKind(kind: string, signal: AbortSignal): Promise<StoredKind | undefined> {
    await this.#customKinds.start();
    const isMeant = (each: StoredKind) => keyOf(each) === kind;
    const known = storedCustomKinds(this.#customKinds.all).find(isMeant);
    if (known) return known;
    const served = await discoverKinds(this.#context.client, { customOnly: true }, { signal });
    if (storedCustomKinds(served).some(isMeant)) throw new Error(`${kind} are only just served`);
    return undefined;
  }

  /** Leaves kinds that are not served as they were: whoever asks for them next follows them as they are. */
  #redefine(kinds: readonly StoredKind[]): void {
    const before = this.#versions;
    this.#versions = new Map(kinds.map((kind) => [keyOf(kind), kind.version]));
    for (const kind of new Set([...before.keys(), ...this.#versions.keys()])) {
      const version = this.#versions.get(kind);
      if (before.get(kind) === version) continue;
      const followed = this.#followed.get(kind);
      if (followed && followed.version !== version) {
        this.#followed.delete(kind);
        void followed.informer.stop();
      }
      this.#handler?.redefined(kind);
    }
  }
}

/** As quotas name it. */
function keyOf({ group, plural }: StoredKind): string {
  return group ? `${plural}.${group}` : plural;
}

/** Of most objects only their number counts. */
function place({ metadata = {} }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion } };
}
