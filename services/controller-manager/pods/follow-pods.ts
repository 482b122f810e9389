import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { LabelMatcher } from "../../../lib/api/label-selector.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import type { Enqueue } from "../../../lib/controller/controller.ts";
import {
  type ClaimSettings,
  claimObjects,
  controllerOf,
  type OwnerKind,
} from "../../../lib/controller/controller-ref.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { isPodActive } from "./pod-state.ts";

/** Owners of one kind, and the pods that they own or select. */
export interface PodOwners<T extends KubernetesObject> {
  pods: Informer<Pod>;
  owners: Informer<T>;
  ownerKind: OwnerKind;
  /** Which pods an owner selects. */
  matcher(owner: T): LabelMatcher;
  /** Told which of the owner's writes the cache shows. */
  expectations?: Expectations;
}

/** Adds the indexes that `followPods` and `claimPods` look things up in. */
export function indexPods(pods: Informer<Pod>): void {
  pods.addIndex("controllerUid", (pod) => [controllerOf(pod)?.uid ?? ""]);
  pods.addIndex("orphansByNamespace", (pod) => (controllerOf(pod) ? [] : [pod.metadata?.namespace ?? ""]));
}

/** Enqueues an owner whenever one of its pods, or one that it could adopt, changes. */
export function followPods<T extends KubernetesObject>(follow: PodOwners<T>, enqueue: Enqueue): void {
  const follower = new PodFollower(follow, enqueue);
  follow.pods.addHandler({
    added: (pod) => follower.added(pod),
    updated: (before, after) => follower.updated(before, after),
    deleted: (pod) => follower.deleted(pod),
  });
}

class PodFollower<T extends KubernetesObject> {
  readonly #follow: PodOwners<T>;
  readonly #enqueue: Enqueue;

  constructor(follow: PodOwners<T>, enqueue: Enqueue) {
    this.#follow = follow;
    this.#enqueue = enqueue;
  }

  added(pod: Pod): void {
    if (pod.metadata?.deletionTimestamp) return this.deleted(pod);
    const key = this.#ownerKey(pod);
    if (key) {
      this.#follow.expectations?.creationObserved(key);
      this.#enqueue(key);
    } else this.#enqueueSelecting(pod);
  }

  updated(before: Pod, after: Pod): void {
    const [keyBefore, key] = [this.#ownerKey(before), this.#ownerKey(after)];
    if (key && after.metadata?.deletionTimestamp)
      this.#follow.expectations?.deletionObserved(key, after.metadata.uid ?? "");
    if (keyBefore && keyBefore !== key) this.#enqueue(keyBefore);
    if (key) this.#enqueue(key);
    else if (keyBefore || !deepEqual(before.metadata?.labels, after.metadata?.labels)) this.#enqueueSelecting(after);
  }

  deleted(pod: Pod): void {
    const key = this.#ownerKey(pod);
    if (!key) return;
    this.#follow.expectations?.deletionObserved(key, pod.metadata?.uid ?? "");
    this.#enqueue(key);
  }

  /** The key of the owner that controls the pod. */
  #ownerKey(pod: Pod): string | undefined {
    const controller = controllerOf(pod);
    if (controller?.kind !== this.#follow.ownerKind.kind) return undefined;
    const owner = this.#follow.owners.lister.get(pod.metadata?.namespace, controller.name ?? "");
    return owner && owner.metadata?.uid === controller.uid ? objectKey(owner) : undefined;
  }

  #enqueueSelecting(pod: Pod): void {
    if (controllerOf(pod)) return;
    const { owners, matcher } = this.#follow;
    for (const owner of owners.lister.list(pod.metadata?.namespace)) {
      if (matcher(owner).matches(pod.metadata?.labels ?? {})) this.#enqueue(objectKey(owner));
    }
  }
}

/** The clients with which pods are claimed. */
export interface ClaimClients<T extends KubernetesObject> {
  pods: ResourceClient<Pod>;
  owners: ResourceClient<T>;
}

/** What claiming may be told. */
export interface ClaimExtras extends Pick<ClaimSettings<Pod>, "finalizer"> {
  /** Which pods the owner can have, besides that it selects them. */
  belongs?: (pod: Pod) => boolean;
  /** Orphans that have ended, or are ending, are left alone. */
  activeOnly?: boolean;
}

/** The pods of an owner, orphans that it selects adopted and pods that it does not select any more released. */
export function claimPods<T extends KubernetesObject>(
  { pods, ownerKind, matcher }: PodOwners<T>,
  clients: ClaimClients<T>,
  owner: T,
  { belongs = () => true, activeOnly = false, ...settings }: ClaimExtras = {},
): Promise<Pod[]> {
  const { name = "", namespace, uid = "" } = owner.metadata ?? {};
  const selector = matcher(owner);
  const orphans = pods.lister.byIndex("orphansByNamespace", namespace ?? "");
  const candidates = [
    ...pods.lister.byIndex("controllerUid", uid),
    ...orphans.filter(activeOnly ? isPodActive : () => true),
  ];
  return claimObjects(candidates, {
    ...settings,
    owner,
    ownerKind,
    resource: clients.pods,
    matches: (pod) => selector.matches(pod.metadata?.labels) && belongs(pod),
    freshOwner: () => clients.owners.get(name, { namespace }),
  });
}
