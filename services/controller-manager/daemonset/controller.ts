import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { claimPods, followPods, indexPods, type PodOwners } from "../pods/follow-pods.ts";
import { nextAvailableInMs } from "../pods/pod-state.ts";
import { type History, type HistorySettings, indexRevisions, readHistory, trimHistory } from "../revisions/history.ts";
import { daemonPodSpec, daemonSetKind, hashLabel } from "./daemon-pod.ts";
import { type DaemonSync, judgeNodes, podsByNode } from "./daemon-sync.ts";
import { FailedBackoff } from "./failed-backoff.ts";
import { manageDaemons } from "./manage.ts";
import { judgeNode } from "./node-selection.ts";
import { rollingUpdate } from "./rolling-update.ts";
import { daemonSetStatus, writeStatus } from "./status.ts";

/** Keeps one pod running on every node that a daemon set selects. */
export function createDaemonSetController(context: ControllerContext): Controller {
  return new DaemonSetController(context);
}

class DaemonSetController implements Controller {
  readonly name = "daemonset-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #backoff = new FailedBackoff();
  readonly #sets: Informer<DaemonSet>;
  readonly #nodes: Informer<Node>;
  readonly #follow: PodOwners<DaemonSet>;
  readonly #history: HistorySettings<DaemonSet>;

  constructor(context: ControllerContext) {
    const { client, informers, clock } = context;
    this.#context = context;
    this.#expectations = new Expectations(clock);
    this.#sets = informers.informer(client.apps.v1.daemonsets);
    this.#nodes = informers.informer(client.core.v1.nodes);
    const pods = informers.informer(client.core.v1.pods);
    indexPods(pods);
    const revisions: Informer<ControllerRevision> = informers.informer(client.apps.v1.controllerrevisions);
    indexRevisions(revisions);
    this.#follow = {
      pods,
      owners: this.#sets,
      ownerKind: daemonSetKind,
      matcher: (set) => labelMatcherOf(set.spec?.selector),
      expectations: this.#expectations,
    };
    this.#history = { context, ownerKind: daemonSetKind, owners: client.apps.v1.daemonsets, revisions, hashLabel };
  }

  setUp(enqueue: Enqueue): void {
    this.#sets.addHandler({
      added: (set) => enqueue(objectKey(set)),
      updated: (_, set) => enqueue(objectKey(set)),
      deleted: (set) => {
        this.#expectations.forget(objectKey(set));
        enqueue(objectKey(set));
      },
    });
    followPods(this.#follow, enqueue);
    this.#nodes.addHandler({
      added: (node) => this.#enqueueFor([node], enqueue),
      updated: (before, after) => {
        const isSame = deepEqual(before.metadata?.labels, after.metadata?.labels);
        if (!isSame || !deepEqual(before.spec?.taints, after.spec?.taints)) this.#enqueueFor([before, after], enqueue);
      },
      deleted: (node) => this.#enqueueFor([node], enqueue),
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const set = this.#sets.lister.byKey(key);
    if (!set) return this.#expectations.forget(key);
    if (labelMatcherOf(set.spec?.selector).isEmpty) {
      const message = "This daemon set is selecting all pods. A non-empty selector is required.";
      return this.#context.recorder.event(set, "Warning", "SelectingAll", message);
    }
    if (set.metadata?.deletionTimestamp) return;
    const believed = this.#expectations.satisfied(key);
    const history = await readHistory(this.#history, set);
    const { pods, sync } = await this.#gather(set, history);
    const outcome = believed ? await settle(this.#update(sync, pods, history)) : {};
    await writeStatus(this.#context.client, set, daemonSetStatus(sync, history.collisionCount));
    if ("failure" in outcome) throw outcome.failure;
    const waits = [outcome.value, nextAvailableInMs(pods, set.spec?.minReadySeconds ?? 0, sync.nowMs)];
    const requeueAfterMs = Math.min(...waits.filter((wait) => wait !== undefined));
    if (Number.isFinite(requeueAfterMs)) return { requeueAfterMs };
  }

  async #gather(set: DaemonSet, history: History): Promise<{ pods: Pod[]; sync: DaemonSync }> {
    const { client, clock } = this.#context;
    const pods = await claimPods(this.#follow, { pods: client.core.v1.pods, owners: client.apps.v1.daemonsets }, set);
    const sync = {
      context: this.#context,
      expectations: this.#expectations,
      set,
      hash: history.newest.metadata?.labels?.[hashLabel] ?? "",
      verdicts: judgeNodes(set, this.#nodes.lister.list()),
      pods: podsByNode(pods),
      nowMs: clock.now(),
    };
    return { pods, sync };
  }

  async #update(sync: DaemonSync, pods: Pod[], history: History): Promise<number | undefined> {
    const { changed, waitMs } = await manageDaemons(sync, this.#backoff);
    const { type } = sync.set.spec?.updateStrategy ?? {};
    if (type === "RollingUpdate" && !changed) await rollingUpdate(sync);
    const hashes = new Set(pods.map((pod) => pod.metadata?.labels?.[hashLabel]));
    const live = history.old.filter(({ metadata }) => hashes.has(metadata?.labels?.[hashLabel]));
    await trimHistory(this.#context, sync.set, history.old, new Set(live.map(({ metadata }) => metadata?.name ?? "")));
    return waitMs;
  }

  /** Enqueues the daemon sets to which these states of a node matter. */
  #enqueueFor(nodes: readonly Node[], enqueue: Enqueue): void {
    for (const set of this.#sets.lister.list()) {
      const spec = daemonPodSpec(set);
      if (nodes.some((node) => judgeNode(spec, node).stays)) enqueue(objectKey(set));
    }
  }
}

/** A failure is thrown only after the status has been written. */
async function settle<T>(work: Promise<T>): Promise<{ value?: T; failure?: unknown }> {
  try {
    return { value: await work };
  } catch (failure) {
    return { failure };
  }
}
