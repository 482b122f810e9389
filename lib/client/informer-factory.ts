import type { Informer } from "./informer.ts";
import type { KubernetesObject, ResourceClient } from "./resource-client.ts";

/** Shared informers: one per kind (and selector), whoever asks. */
export interface InformerFactory {
  /** The informer of a kind; made at the first call, not yet started. */
  informer<T extends KubernetesObject>(
    resource: ResourceClient<T>,
    selector?: InformerSelector,
    settings?: InformerKeeping<T>,
  ): Informer<T>;
  /** Starts what was asked for so far and waits until all have their first list. */
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** What of each object is kept in the cache and shown to handlers; all of it when absent. Who asks first decides. */
export interface InformerKeeping<T> {
  keep?: (object: T) => T;
}

/** Narrows what an informer follows. */
export interface InformerSelector {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}
