import { linkedAbort } from "../../../lib/base/abort.ts";
import { createInformer } from "../../../lib/client/create-informer.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import { CustomKinds } from "../../../lib/client/served-kinds.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { type StoredKind, storedCustomKinds, storedKinds } from "../stored-kinds.ts";
import type { GraphNode } from "./graph.ts";

/** Kinds whose objects own nothing and come in floods. */
const ignoredKinds = new Set(["Event"]);
/** A kind that cannot be listed holds the collection of others up no longer than this. */
const syncMsMax = 30_000;

export interface MonitorHandler {
  put(node: GraphNode): void;
  /** The object has gone for good. */
  removed(uid: string): void;
  /** The object is followed no longer; it may live on. */
  left(uid: string): void;
}

/** Follows the objects of every kind, keeping of each only what ownership needs. */
export class Monitors {
  readonly #context: ControllerContext;
  readonly #handler: MonitorHandler;
  readonly #informers: Informer<KubernetesObject>[];
  readonly #customKinds: CustomKinds;
  /** By group, version and plural. */
  readonly #custom = new Map<string, { kind: StoredKind; informer: Informer<KubernetesObject> }>();
  readonly #stopping = new AbortController();
  #synced: Promise<void> | undefined;

  constructor(context: ControllerContext, handler: MonitorHandler) {
    this.#context = context;
    this.#handler = handler;
    this.#informers = storedKinds.flatMap((kind) => this.#monitor(kind, handler) ?? []);
    this.#customKinds = new CustomKinds(context.client, context.clock);
    this.#customKinds.onChange((served) => this.#follow(storedCustomKinds(served)));
  }

  /** The kinds whose objects are followed now. */
  kinds(): readonly StoredKind[] {
    return [...storedKinds, ...[...this.#custom.values()].map(({ kind }) => kind)];
  }

  /** Begins to follow; resolves when everything is known that can be. Idempotent. */
  start(): Promise<void> {
    this.#synced ??= this.#sync();
    return this.#synced;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the garbage collector stops"));
    const custom = [...this.#custom.values()].map(({ informer }) => informer);
    await Promise.all([
      this.#customKinds.stop(),
      ...[...this.#informers, ...custom].map((informer) => informer.stop()),
    ]);
  }

  /** Begins to follow custom kinds that are new, and leaves those that are gone. */
  #follow(kinds: readonly StoredKind[]): void {
    const wanted = new Map(
      kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}/${kind.namespaced}`, kind]),
    );
    for (const [key, { kind, informer }] of this.#custom) {
      if (wanted.has(key)) continue;
      this.#custom.delete(key);
      void informer.stop();
      this.#leave(informer, !kinds.some(({ group, plural }) => group === kind.group && plural === kind.plural));
    }
    for (const [key, kind] of wanted) {
      if (this.#custom.has(key) || this.#stopping.signal.aborted) continue;
      const informer = this.#monitor(kind, this.#handler);
      if (!informer) continue;
      this.#custom.set(key, { kind, informer });
      informer.start();
    }
  }

  /** Nobody may have told of what a definition took along as it went. */
  #leave(informer: Informer<KubernetesObject>, isUndefined: boolean): void {
    for (const { metadata: { uid = "" } = {} } of informer.lister.list())
      if (isUndefined) this.#handler.removed(uid);
      else this.#handler.left(uid);
  }

  async #sync(): Promise<void> {
    const { clock, logger } = this.#context;
    for (const informer of this.#informers) informer.start();
    await this.#customKinds.start();
    const custom = [...this.#custom.values()].map(({ informer }) => informer);
    const { abort, release } = linkedAbort(this.#stopping.signal);
    const cancel = clock.schedule(syncMsMax, () => abort.abort(new Error("some kinds cannot be listed")));
    try {
      const all = [...this.#informers, ...custom];
      await Promise.all(all.map((informer) => informer.waitForSync(abort.signal)));
    } catch (error) {
      logger.warn({ err: error }, "the garbage collector goes on without knowing all objects");
    } finally {
      cancel();
      release();
    }
  }

  #monitor(kind: StoredKind, handler: MonitorHandler): Informer<KubernetesObject> | undefined {
    if (ignoredKinds.has(kind.kind)) return undefined;
    const { client, clock, random, logger } = this.#context;
    const resource = client.dynamic(kind.group, kind.plural, kind.version);
    if (!resource) return undefined;
    const informer = createInformer(resource, { clock, random, logger, keep: ownership });
    const put = ({ metadata }: KubernetesObject) => metadata?.uid && handler.put({ kind, metadata });
    informer.addHandler({
      added: put,
      updated: (before, after) => {
        if (concernsOwners(before, after)) put(after);
      },
      deleted: ({ metadata }) => handler.removed(metadata?.uid ?? ""),
    });
    return informer;
  }
}

function ownership({ metadata = {} }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } };
}

function concernsOwners(before: KubernetesObject, after: KubernetesObject): boolean {
  const [old, now] = [before.metadata, after.metadata];
  return (
    old?.deletionTimestamp !== now?.deletionTimestamp ||
    JSON.stringify(old?.ownerReferences) !== JSON.stringify(now?.ownerReferences) ||
    JSON.stringify(old?.finalizers) !== JSON.stringify(now?.finalizers)
  );
}
