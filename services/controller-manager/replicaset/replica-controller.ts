import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { controllerOf } from "../../../lib/controller/controller-ref.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { claimPods, followPods, indexPods, type PodOwners } from "../pods/follow-pods.ts";
import { isPodActive, nextAvailableInMs } from "../pods/pod-state.ts";
import { manageReplicas } from "./manage-replicas.ts";
import type { ReplicaOwner, ReplicaOwnerKind } from "./replica-owner.ts";
import { replicaStatus, writeStatus } from "./status.ts";

/** Keeps as many pods running as an owner of this kind wants. */
export function createReplicaController<T extends ReplicaOwner>(
  context: ControllerContext,
  kind: ReplicaOwnerKind<T>,
): Controller {
  return new ReplicaController(context, kind);
}

class ReplicaController<T extends ReplicaOwner> implements Controller {
  readonly name: string;
  readonly workers = 5;
  readonly #kind: ReplicaOwnerKind<T>;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #owners: Informer<T>;
  readonly #pods: Informer<Pod>;
  readonly #follow: PodOwners<T>;

  constructor(context: ControllerContext, kind: ReplicaOwnerKind<T>) {
    this.name = kind.name;
    this.#kind = kind;
    this.#context = context;
    this.#expectations = new Expectations(context.clock);
    this.#owners = context.informers.informer(kind.resource);
    this.#owners.addIndex("controllerUid", (owner) => [controllerOf(owner)?.uid ?? ""]);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    indexPods(this.#pods);
    this.#follow = { ...kind, owners: this.#owners, pods: this.#pods, expectations: this.#expectations };
  }

  setUp(enqueue: Enqueue): void {
    this.#owners.addHandler({
      added: (owner) => enqueue(objectKey(owner)),
      updated: (_, owner) => enqueue(objectKey(owner)),
      deleted: (owner) => {
        this.#expectations.forget(objectKey(owner));
        enqueue(objectKey(owner));
      },
    });
    followPods(this.#follow, enqueue);
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const owner = this.#owners.lister.byKey(key);
    if (!owner) return this.#expectations.forget(key);
    const believed = this.#expectations.satisfied(key);
    const clients = { pods: this.#context.client.core.v1.pods, owners: this.#kind.resource };
    const active = (await claimPods(this.#follow, clients, owner, { activeOnly: true })).filter(isPodActive);
    const managed = believed && !owner.metadata?.deletionTimestamp;
    const failure = managed ? await this.#manage(owner, active) : undefined;
    const nowMs = this.#context.clock.now();
    await writeStatus(this.#kind.resource, owner, replicaStatus(owner, active, failure, nowMs));
    if (failure) throw failure;
    // A pod that is ready but not yet available becomes so without an event.
    const requeueAfterMs = nextAvailableInMs(active, owner.spec?.minReadySeconds ?? 0, nowMs);
    if (requeueAfterMs !== undefined) return { requeueAfterMs };
  }

  #manage(owner: T, active: Pod[]): Promise<unknown> {
    const { ownerKind } = this.#kind;
    const related = this.#siblings(owner).flatMap(({ metadata }) =>
      this.#pods.lister.byIndex("controllerUid", metadata?.uid ?? "").filter(isPodActive),
    );
    return manageReplicas(this.#context, this.#expectations, { owner, ownerKind, active, related });
  }

  /** The owners that have the same owner themselves, itself among them. */
  #siblings(owner: T): T[] {
    const uid = controllerOf(owner)?.uid;
    return uid ? this.#owners.lister.byIndex("controllerUid", uid) : [owner];
  }
}
