import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
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
    const pods = await this.#claimPods(set);
    const active = pods.filter(isPodActive);
    let failure: unknown;
    if (believed && !set.metadata?.deletionTimestamp) {
      failure = await manageReplicas(this.#context, this.#expectations, set, active);
    }
    const nowMs = this.#context.clock.now();
    const status = replicaSetStatus(set, active, pods, failure, nowMs);
    const written = await writeStatus(this.#context.client, set, status);
    if (failure) throw failure;
    return this.#requeueForAvailability(written, active, nowMs);
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
    const key = ownerKey(pod);
    if (key) {
      this.#expectations.creationObserved(key);
      this.#enqueue(key);
    } else this.#enqueueSelecting(pod);
  }

  #podUpdated(before: Pod, after: Pod): void {
    const [keyBefore, key] = [ownerKey(before), ownerKey(after)];
    if (after.metadata?.deletionTimestamp) {
      if (key) this.#expectations.deletionObserved(key, after.metadata.uid ?? "");
    }
    if (keyBefore && keyBefore !== key) this.#enqueue(keyBefore);
    if (key) this.#enqueue(key);
    else if (!controllerOf(after)) this.#enqueueSelecting(after);
  }

  #podDeleted(pod: Pod): void {
    const key = ownerKey(pod);
    if (!key) return;
    this.#expectations.deletionObserved(key, pod.metadata?.uid ?? "");
    this.#enqueue(key);
  }

  #enqueueSelecting(orphan: Pod): void {
    for (const set of this.#replicaSets.lister.list(orphan.metadata?.namespace)) {
      if (labelMatcherOf(set.spec?.selector).matches(orphan.metadata?.labels ?? {})) this.#enqueue(objectKey(set));
    }
  }
}

/** The key of the replica set that controls the pod. */
function ownerKey(pod: Pod): string | undefined {
  const controller = controllerOf(pod);
  return controller?.kind === "ReplicaSet" ? `${pod.metadata?.namespace}/${controller.name}` : undefined;
}
