import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";

/** What an informer caches, and what was just written and the cache does not show yet. */
export class FreshObjects<T extends KubernetesObject> {
  readonly #informer: Informer<T>;
  readonly #written = new Map<string, T>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
    const seen = (object: T) => {
      const written = this.#written.get(objectKey(object));
      if (written && !isNewer(written, object)) this.#written.delete(objectKey(object));
    };
    informer.addHandler({
      added: seen,
      updated: (_, after) => seen(after),
      deleted: (object) => this.#written.delete(objectKey(object)),
    });
  }

  byKey(key: string): T | undefined {
    const cached = this.#informer.lister.byKey(key);
    return cached && this.#newest(cached);
  }

  list(): T[] {
    return this.#informer.lister.list().map((object) => this.#newest(object));
  }

  /** Remembers and answers what the server made of a write. */
  async keep(write: Promise<T>): Promise<T> {
    const object = await write;
    const cached = this.#informer.lister.byKey(objectKey(object));
    if (cached && isNewer(object, cached)) this.#written.set(objectKey(object), object);
    return object;
  }

  #newest(cached: T): T {
    const written = this.#written.get(objectKey(cached));
    return written && isNewer(written, cached) ? written : cached;
  }
}

function isNewer(left: KubernetesObject, right: KubernetesObject): boolean {
  return Number(left.metadata?.resourceVersion) > Number(right.metadata?.resourceVersion);
}
