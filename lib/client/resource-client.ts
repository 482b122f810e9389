import type { Scale } from "../../gen/typernetes/autoscaling/v1/scale.ts";
import type { ListMeta, ObjectMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";
import type {
  CreateOptions,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  UpdateOptions,
} from "../../gen/typernetes/meta/v1/options.ts";
import type { CallOptions } from "../grpc/transport.ts";

/** What every object of the API has. */
export interface KubernetesObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** A namespace; absent for cluster-scoped kinds, and to mean all namespaces in lists and watches. */
export interface InNamespace {
  namespace?: string | undefined;
}

export type PatchType =
  | "application/merge-patch+json"
  | "application/strategic-merge-patch+json"
  | "application/json-patch+json"
  | "application/apply-patch+yaml";

export interface PatchSettings extends InNamespace, PatchOptions, CallOptions {
  /** `application/strategic-merge-patch+json` when absent. */
  type?: PatchType;
  subresource?: string;
}

export interface ObjectList<T> {
  metadata?: ListMeta | undefined;
  items: T[];
}

/** A change seen by a watch. `BOOKMARK` carries only a resource version. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: T;
}

/**
 * One kind as a client sees it, the same over the network and in process. Answers are frozen: copy before changing
 * (`structuredClone`). Failures are `StatusError` with Kubernetes' reasons.
 */
export interface ResourceClient<T extends KubernetesObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;

  create(object: T, options?: CreateOptions & CallOptions): Promise<T>;
  get(name: string, options?: InNamespace & CallOptions): Promise<T>;
  list(options?: InNamespace & ListOptions & CallOptions): Promise<ObjectList<T>>;
  /** Batches of changes after `resourceVersion`; ends by throwing `Expired` when that is too old, or what broke it. */
  watch(options?: InNamespace & ListOptions & CallOptions): AsyncIterable<WatchEvent<T>[]>;
  update(object: T, options?: UpdateOptions & CallOptions): Promise<T>;
  updateStatus(object: T, options?: UpdateOptions & CallOptions): Promise<T>;
  /** `patch` is a value to be written as JSON, or JSON text. */
  patch(name: string, patch: object | string, settings?: PatchSettings): Promise<T>;
  delete(name: string, options?: InNamespace & DeleteOptions & CallOptions): Promise<T>;
  deleteCollection(
    options?: InNamespace & { deleteOptions?: DeleteOptions; listOptions?: ListOptions } & CallOptions,
  ): Promise<ObjectList<T>>;
  getScale(name: string, options?: InNamespace & CallOptions): Promise<Scale>;
  updateScale(scale: Scale, options?: UpdateOptions & CallOptions): Promise<Scale>;
}
