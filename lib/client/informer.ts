import type { KubernetesObject } from "./resource-client.ts";

/** Computes the keys under which an object is found by `byIndex`. */
export type IndexFunction<T> = (object: T) => string[];

/** Read access to an informer's cache. Objects are frozen and shared. */
export interface Lister<T extends KubernetesObject> {
  /** By namespace (absent or empty for cluster-scoped kinds) and name. */
  get(namespace: string | undefined, name: string): T | undefined;
  /** By key, `namespace/name` or `name`. */
  byKey(key: string): T | undefined;
  list(namespace?: string): T[];
  byIndex(index: string, key: string): T[];
  readonly size: number;
}

/** Called for each change, after the cache has it. Must not throw for long: keep it to queueing keys. */
export interface InformerHandler<T extends KubernetesObject> {
  added?(object: T): void;
  updated?(before: T, after: T): void;
  deleted?(object: T): void;
}

/**
 * A cache of one kind that follows the server: lists, then watches; resumes from the last resource version after a broken
 * stream, lists again after `Expired`, and never goes silent (a watch without events or bookmarks for a while is replaced).
 */
export interface Informer<T extends KubernetesObject> {
  readonly lister: Lister<T>;
  /** Adds a handler; what is already cached is reported to it as added. Returns a function that removes it. */
  addHandler(handler: InformerHandler<T>): () => void;
  /** Adds an index before or after start. Adding the same name again is ignored. */
  addIndex(name: string, keys: IndexFunction<T>): void;
  /** Whether the first list is in the cache. */
  readonly synced: boolean;
  /** Resolves when `synced`; rejects with the signal's reason. */
  waitForSync(signal?: AbortSignal): Promise<void>;
  /** Begins to follow; idempotent. */
  start(): void;
  /** Ends the watch; the cache stays readable. Idempotent. */
  stop(): Promise<void>;
}

/** The key of an object: `namespace/name`, or `name` for cluster-scoped kinds. */
export function objectKey(object: KubernetesObject): string {
  const { namespace, name } = object.metadata ?? {};
  return namespace ? `${namespace}/${name}` : (name ?? "");
}

/** The parts of a key. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
