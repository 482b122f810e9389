import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { claimObjects, controllerOf } from "../../../lib/controller/controller-ref.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { availableInMs, isPodActive, isPodReady } from "../pods/pod-state.ts";
import { manageReplicas, replicaSetKind } from "./manage-replicas.ts";
import { replicaSetStatus, writeStatus } from "./status.ts";

/** Keeps as many pods running as a replica set wants. */
export function createReplicaSetController(context: ControllerContext): Controller {
  return new ReplicaSetController(context);
}

class ReplicaSetController implements Controller {
  readonly name = "replicaset-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #replicaSets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  #enqueue: Enqueue = () => {};

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#expectations = new Expectations(context.clock);
    this.#replicaSets = context.informers.informer(context.client.apps.v1.replicasets);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#replicaSets.addIndex("controllerUid", (set) => [controllerOf(set)?.uid ?? ""]);
    this.#pods.addIndex("controllerUid", (pod) => [controllerOf(pod)?.uid ?? ""]);
    this.#pods.addIndex("orphansByNamespace", (pod) => (controllerOf(pod) ? [] : [pod.metadata?.namespace ?? ""]));
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
    this.#replicaSets.addHandler({
      added: (set) => enqueue(objectKey(set)),
      updated: (_, set) => enqueue(objectKey(set)),
      deleted: (set) => {
        this.#expectations.forget(objectKey(set));
        enqueue(objectKey(set));
      },
    });
    this.#pods.addHandler({
      added: (pod) => this.#podAdded(pod),
      updated: (before, after) => this.#podUpdated(before, after),
      deleted: (pod) => this.#podDeleted(pod),
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const set = this.#replicaSets.lister.byKey(key);
    if (!set) return this.#expectations.forget(key);
    const believed = this.#expectations.satisfied(key);
    const active = (await this.#claimPods(set)).filter(isPodActive);
    const managed = believed && !set.metadata?.deletionTimestamp;
    const failure = managed ? await this.#manage(set, active) : undefined;
    const nowMs = this.#context.clock.now();
    await writeStatus(this.#context.client, set, replicaSetStatus(set, active, failure, nowMs));
    if (failure) throw failure;
    return this.#requeueForAvailability(set, active, nowMs);
  }

  #manage(set: ReplicaSet, active: Pod[]): Promise<unknown> {
    const related = this.#siblings(set).flatMap(({ metadata }) =>
      this.#pods.lister.byIndex("controllerUid", metadata?.uid ?? "").filter(isPodActive),
    );
    return manageReplicas(this.#context, this.#expectations, { set, active, related });
  }

  /** The replica sets of the same owner, itself among them. */
  #siblings(set: ReplicaSet): ReplicaSet[] {
    const owner = controllerOf(set)?.uid;
    if (!owner) return [set];
    return this.#replicaSets.lister.byIndex("controllerUid", owner);
  }

  #claimPods(set: ReplicaSet): Promise<Pod[]> {
    const matcher = labelMatcherOf(set.spec?.selector);
    const { lister } = this.#pods;
    const candidates = [
      ...lister.byIndex("controllerUid", set.metadata?.uid ?? ""),
      ...lister.byIndex("orphansByNamespace", set.metadata?.namespace ?? "").filter(isPodActive),
    ];
    const { name = "", namespace } = set.metadata ?? {};
    return claimObjects(candidates, {
      owner: set,
      ownerKind: replicaSetKind,
      resource: this.#context.client.core.v1.pods,
      matches: (pod) => matcher.matches(pod.metadata?.labels),
      freshOwner: () => this.#context.client.apps.v1.replicasets.get(name, { namespace }),
    });
  }

  /** A pod that is ready but not yet available becomes so without an event. */
  #requeueForAvailability(set: ReplicaSet, active: Pod[], nowMs: number): ReconcileResult | void {
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0) return;
    const waits = active.filter(isPodReady).map((pod) => availableInMs(pod, minReadySeconds, nowMs));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) return { requeueAfterMs: next };
  }

  #podAdded(pod: Pod): void {
    if (pod.metadata?.deletionTimestamp) return this.#podDeleted(pod);
    const key = this.#ownerKey(pod);
    if (key) {
      this.#expectations.creationObserved(key);
      this.#enqueue(key);
    } else this.#enqueueSelecting(pod);
  }

  #podUpdated(before: Pod, after: Pod): void {
    const [keyBefore, key] = [this.#ownerKey(before), this.#ownerKey(after)];
    if (key && after.metadata?.deletionTimestamp) this.#expectations.deletionObserved(key, after.metadata.uid ?? "");
    if (keyBefore && keyBefore !== key) this.#enqueue(keyBefore);
    if (key) this.#enqueue(key);
    else if (keyBefore || !deepEqual(before.metadata?.labels, after.metadata?.labels)) this.#enqueueSelecting(after);
  }

  #podDeleted(pod: Pod): void {
    const key = this.#ownerKey(pod);
    if (!key) return;
    this.#expectations.deletionObserved(key, pod.metadata?.uid ?? "");
    this.#enqueue(key);
  }

  /** The key of the replica set that controls the pod. */
  #ownerKey(pod: Pod): string | undefined {
    const controller = controllerOf(pod);
    if (controller?.kind !== "ReplicaSet") return undefined;
    const set = this.#replicaSets.lister.get(pod.metadata?.namespace, controller.name ?? "");
    return set && set.metadata?.uid === controller.uid ? objectKey(set) : undefined;
  }

  #enqueueSelecting(pod: Pod): void {
    if (controllerOf(pod)) return;
    for (const set of this.#replicaSets.lister.list(pod.metadata?.namespace)) {
      if (labelMatcherOf(set.spec?.selector).matches(pod.metadata?.labels ?? {})) this.#enqueue(objectKey(set));
    }
  }
}
