import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { claimPods, followPods, indexPods, type PodOwners } from "../pods/follow-pods.ts";
import { nextAvailableInMs } from "../pods/pod-state.ts";
import { type History, type HistorySettings, indexRevisions, readHistory, trimHistory } from "../revisions/history.ts";
import { templateOf } from "../revisions/revision-data.ts";
import { ordinalOf, revisionNameOf, statefulSetKind } from "./identity.ts";
import { manageSet } from "./manage.ts";
import type { SetSync } from "./set-sync.ts";
import { statefulSetStatus, writeStatus } from "./status.ts";

/** Keeps pods with names and storage of their own running, as a stateful set wants them. */
export function createStatefulSetController(context: ControllerContext): Controller {
  return new StatefulSetController(context);
}

class StatefulSetController implements Controller {
  readonly name = "statefulset-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #sets: Informer<StatefulSet>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #follow: PodOwners<StatefulSet>;
  readonly #history: HistorySettings<StatefulSet>;

  constructor(context: ControllerContext) {
    const { client, informers } = context;
    this.#context = context;
    this.#sets = informers.informer(client.apps.v1.statefulsets);
    this.#claims = informers.informer(client.core.v1.persistentvolumeclaims);
    const pods = informers.informer(client.core.v1.pods);
    indexPods(pods);
    const revisions = informers.informer(client.apps.v1.controllerrevisions);
    indexRevisions(revisions);
    const ownerKind = statefulSetKind;
    this.#follow = { pods, owners: this.#sets, ownerKind, matcher: (set) => labelMatcherOf(set.spec?.selector) };
    const hashLabel = "controller.kubernetes.io/hash";
    this.#history = { context, ownerKind, owners: client.apps.v1.statefulsets, revisions, hashLabel };
  }

  setUp(enqueue: Enqueue): void {
    const own = (set: StatefulSet) => enqueue(objectKey(set));
    this.#sets.addHandler({ added: own, updated: (_, set) => own(set), deleted: own });
    followPods(this.#follow, enqueue);
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const set = this.#sets.lister.byKey(key);
    if (!set) return;
    const history = await readHistory(this.#history, set);
    const sync = await this.#gather(set, history);
    const status = statefulSetStatus(sync, history.collisionCount);
    let requeueMs: number | undefined;
    try {
      requeueMs = await manageSet(sync);
    } finally {
      await writeStatus(this.#context.client, set, status);
    }
    await this.#trimHistory(sync, history, status.currentRevision);
    const waits = [requeueMs, nextAvailableInMs(sync.pods, set.spec?.minReadySeconds ?? 0, sync.nowMs)];
    const requeueAfterMs = Math.min(...waits.filter((wait) => wait !== undefined));
    if (Number.isFinite(requeueAfterMs)) return { requeueAfterMs };
  }

  async #gather(set: StatefulSet, { newest, old }: History): Promise<SetSync> {
    const { client, clock } = this.#context;
    const clients = { pods: client.core.v1.pods, owners: client.apps.v1.statefulsets };
    const pods = await claimPods(this.#follow, clients, set, { belongs: (pod) => ordinalOf(set, pod) !== undefined });
    const current = old.find(({ metadata }) => metadata?.name === set.status?.currentRevision) ?? newest;
    return {
      context: this.#context,
      set,
      pods,
      claims: this.#claims.lister,
      current: { name: current.metadata?.name ?? "", template: templateOf(current) },
      update: { name: newest.metadata?.name ?? "", template: set.spec?.template ?? {} },
      nowMs: clock.now(),
    };
  }

  async #trimHistory(sync: SetSync, { old }: History, currentRevision: string | undefined): Promise<void> {
    const live = new Set([sync.current.name, currentRevision ?? ""]);
    for (const pod of sync.pods) live.add(revisionNameOf(pod) ?? "");
    await trimHistory(this.#context, sync.set, old, live);
  }
}
