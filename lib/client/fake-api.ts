import { onAbort } from "../base/abort.ts";
import { deepFreeze } from "../base/plain-data.ts";
import { StatusError } from "../base/status-error.ts";
import type { ServiceDefinition } from "../grpc/method.ts";
import type { CallContext, Handlers, Router } from "../grpc/router.ts";
import { objectKey } from "./informer.ts";
import type { KubernetesObject } from "./resource-client.ts";

interface Change<T> {
  type: string;
  object: T;
  revision: number;
}

interface WatchRequest {
  namespace?: string;
  options?: { resourceVersion?: string; allowWatchBookmarks?: boolean };
}

interface ListRequest {
  namespace?: string;
  options?: { limit?: number; continue?: string };
}

/**
 * One kind of an apiserver, in memory and for tests of what talks to one: versions, conflicts, pages, watches, expiry, and
 * faults on demand. It validates nothing.
 */
export class FakeKind<T extends KubernetesObject> {
  readonly objects = new Map<string, T>();
  /** Calls by verb, for tests that count them. */
  readonly calls: Record<string, number> = {};
  /** Called before each verb; throws to make it fail. */
  before: (verb: string) => void = () => {};
  revision = 1;
  #history: Change<T>[] = [];
  #compacted = 0;
  readonly #watches = new Set<FakeWatch<T>>();

  /** Adds the service of a kind to a router. */
  serve<S extends ServiceDefinition>(router: Router, service: S): this {
    const handlers = {
      get: async (request: { namespace?: string; name?: string }) => {
        this.#note("get");
        return this.#existing(request);
      },
      list: async (request: ListRequest) => {
        this.#note("list");
        return this.#page(request);
      },
      create: async ({ object }: { object: T }) => {
        this.#note("create");
        return this.create(object);
      },
      update: async ({ object }: { object: T }) => {
        this.#note("update");
        const known = this.#existing(object.metadata ?? {});
        if (object.metadata?.resourceVersion !== known.metadata?.resourceVersion) throw conflict();
        return this.put(object);
      },
      patch: async (request: { namespace?: string; name?: string; patch?: Uint8Array }) => {
        this.#note("patch");
        return this.put(merged(this.#existing(request), JSON.parse(Buffer.from(request.patch ?? []).toString())));
      },
      delete: async (request: { namespace?: string; name?: string }) => {
        this.#note("delete");
        return this.remove(objectKey(this.#existing(request)));
      },
      watch: (request: WatchRequest, context: CallContext) => {
        this.#note("watch");
        return this.#watch(request, context);
      },
    };
    // The kind is chosen by the test: its service's messages have this shape.
    router.add(service, handlers as unknown as Handlers<S>);
    return this;
  }

  create(object: T): T {
    const key = objectKey(object);
    if (this.objects.has(key)) throw new StatusError("AlreadyExists", `"${key}" already exists`);
    return this.put({ ...object, metadata: { ...object.metadata, uid: `uid-${this.revision + 1}` } });
  }

  /** Stores an object as it is, under a new version. */
  put(object: T): T {
    const type = this.objects.has(objectKey(object)) ? "MODIFIED" : "ADDED";
    const stored = this.#versioned(object);
    this.objects.set(objectKey(stored), stored);
    this.#publish(type, stored);
    return stored;
  }

  remove(key: string): T {
    const object = this.objects.get(key);
    if (!object) throw notFound(key);
    this.objects.delete(key);
    const last = this.#versioned(object);
    this.#publish("DELETED", last);
    return last;
  }

  /** Forgets all history: watches from before it are `Expired`. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.revision;
  }

  bookmark(): void {
    const change = { type: "BOOKMARK", object: this.#versionOnly(), revision: this.revision };
    for (const watch of this.#watches) watch.push(change);
  }

  /** How many watches are open. */
  get watchers(): number {
    return this.#watches.size;
  }

  /** Ends all watches: with an error, or as when the server's time limit is reached. */
  breakWatches(error?: StatusError): void {
    for (const watch of [...this.#watches]) watch.end(error);
  }

  #note(verb: string): void {
    this.calls[verb] = (this.calls[verb] ?? 0) + 1;
    this.before(verb);
  }

  #existing({ namespace, name }: { namespace?: string | undefined; name?: string | undefined }): T {
    const key = namespace ? `${namespace}/${name}` : (name ?? "");
    const object = this.objects.get(key);
    if (!object) throw notFound(key);
    return object;
  }

  #page({ namespace, options }: ListRequest) {
    const [version, after] = options?.continue?.split(" ") ?? [String(this.revision), ""];
    if (Number(version) < this.#compacted)
      throw new StatusError("Expired", "the provided continue parameter is too old");
    const keys = [...this.objects.keys()].filter((key) => !namespace || key.startsWith(`${namespace}/`)).sort();
    const rest = keys.filter((key) => key > (after ?? ""));
    const page = options?.limit ? rest.slice(0, options.limit) : rest;
    const next = page.length < rest.length ? { continue: `${version} ${page.at(-1)}` } : {};
    return { metadata: { resourceVersion: version, ...next }, items: page.map((key) => this.objects.get(key)) };
  }

  async *#watch(request: WatchRequest, { signal }: CallContext) {
    const from = Number(request.options?.resourceVersion ?? this.revision);
    if (from < this.#compacted)
      throw new StatusError("Expired", `too old resource version: ${from} (${this.#compacted})`);
    const watch = new FakeWatch<T>(this.#history.filter((change) => change.revision > from));
    const forget = onAbort(signal, () => watch.end());
    this.#watches.add(watch);
    try {
      for await (const batch of watch.batches()) {
        yield { events: batch.filter(({ object }) => inNamespace(object, request.namespace)) };
      }
    } finally {
      forget();
      this.#watches.delete(watch);
    }
  }

  #publish(type: string, object: T): void {
    const change = { type, object, revision: this.revision };
    this.#history.push(change);
    for (const watch of this.#watches) watch.push(change);
  }

  #versioned(object: T): T {
    this.revision++;
    const metadata = { ...object.metadata, resourceVersion: String(this.revision) };
    return deepFreeze({ ...object, metadata });
  }

  #versionOnly(): T {
    const bookmark: KubernetesObject = { metadata: { resourceVersion: String(this.revision) } };
    // Every kind's bookmarks are objects of which only the version is set.
    return bookmark as T;
  }
}

/** One open watch: what it has not delivered yet. */
class FakeWatch<T> {
  #waiting: Change<T>[];
  #ended: { error: StatusError | undefined } | undefined;
  #wake = () => {};

  constructor(missed: Change<T>[]) {
    this.#waiting = missed;
  }

  push(change: Change<T>): void {
    this.#waiting.push(change);
    this.#wake();
  }

  end(error?: StatusError): void {
    this.#ended = { error };
    this.#wake();
  }

  async *batches(): AsyncGenerator<Change<T>[]> {
    for (;;) {
      if (this.#waiting.length > 0) yield this.#waiting.splice(0);
      else if (this.#ended?.error) throw this.#ended.error;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

function inNamespace(object: KubernetesObject, namespace: string | undefined): boolean {
  return !namespace || object.metadata?.namespace === undefined || object.metadata.namespace === namespace;
}

/** Enough of a merge patch for tests: members of the top level, and of `metadata`. */
function merged<T extends KubernetesObject>(object: T, patch: Partial<T>): T {
  return { ...object, ...patch, metadata: { ...object.metadata, ...patch.metadata } };
}

function conflict(): StatusError {
  return new StatusError("Conflict", "the object has been modified");
}

function notFound(key: string): StatusError {
  return new StatusError("NotFound", `"${key}" not found`);
}
