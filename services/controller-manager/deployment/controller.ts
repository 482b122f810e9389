import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { claimObjects, controllerOf } from "../../../lib/controller/controller-ref.ts";
import { cleanUpHistory } from "./cleanup.ts";
import { conditionOf, setProgress } from "./conditions.ts";
import { deploymentKind, findNewReplicaSet, updateNewReplicaSet } from "./new-replica-set.ts";
import { isComplete, judgeProgress } from "./progress.ts";
import { recreate } from "./recreate.ts";
import { rollingUpdate } from "./rolling-update.ts";
import type { Rollout } from "./rollout.ts";
import { isScalingEvent, scaleToTotal } from "./scale.ts";
import { countReplicas, judgeAvailability, writeDeploymentStatus } from "./status.ts";

/** Rolls deployments from one template to the next through replica sets. */
export function createDeploymentController(context: ControllerContext): Controller {
  return new DeploymentController(context);
}

class DeploymentController implements Controller {
  readonly name = "deployment-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #replicaSets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#deployments = context.informers.informer(context.client.apps.v1.deployments);
    this.#replicaSets = context.informers.informer(context.client.apps.v1.replicasets);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#replicaSets.addIndex("controllerUid", (set) => [controllerOf(set)?.uid ?? ""]);
    this.#replicaSets.addIndex("orphansByNamespace", (set) =>
      controllerOf(set) ? [] : [set.metadata?.namespace ?? ""],
    );
    this.#pods.addIndex("controllerUid", (pod) => [controllerOf(pod)?.uid ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const own = (deployment: Deployment) => enqueue(objectKey(deployment));
    this.#deployments.addHandler({ added: own, updated: (_, after) => own(after), deleted: own });
    const owner = (set: ReplicaSet) => {
      const controller = controllerOf(set);
      if (controller?.kind === "Deployment") enqueue(`${set.metadata?.namespace}/${controller.name}`);
      else if (!controller) this.#selecting(set).forEach(own);
    };
    this.#replicaSets.addHandler({
      added: owner,
      updated: (before, after) => {
        if (controllerOf(before)?.uid !== controllerOf(after)?.uid) owner(before);
        owner(after);
      },
      deleted: owner,
    });
    // Recreate waits for the last old pod to be gone.
    this.#pods.addHandler({ deleted: (pod) => this.#enqueueDeployment(pod, enqueue) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const deployment = this.#deployments.lister.byKey(key);
    if (!deployment) return;
    const rollout = await this.#gather(deployment);
    const deleting = deployment.metadata?.deletionTimestamp !== undefined;
    if (!deleting) notePause(rollout);
    const newest = deleting ? findNewReplicaSet(rollout) : await advance(rollout);
    const counts = countReplicas(rollout, newest);
    judgeAvailability(rollout, counts);
    const judged = !deleting && !deployment.spec?.paused;
    const deadlineMs = judged ? judgeProgress(rollout, newest, counts) : undefined;
    if (!deleting && (!judged || isComplete(rollout, counts))) await cleanUpHistory(rollout, newest);
    await writeDeploymentStatus(rollout, newest, counts);
    if (deadlineMs !== undefined) return { requeueAfterMs: deadlineMs };
  }

  async #gather(deployment: Deployment): Promise<Rollout> {
    const matcher = labelMatcherOf(deployment.spec?.selector);
    const { name = "", namespace } = deployment.metadata ?? {};
    const { deployments, replicasets } = this.#context.client.apps.v1;
    const { lister } = this.#replicaSets;
    const candidates = [
      ...lister.byIndex("controllerUid", deployment.metadata?.uid ?? ""),
      ...lister.byIndex("orphansByNamespace", namespace ?? ""),
    ];
    const sets = await claimObjects(candidates, {
      owner: deployment,
      ownerKind: deploymentKind,
      resource: replicasets,
      matches: (set) => matcher.matches(set.metadata?.labels),
      freshOwner: () => deployments.get(name, { namespace }),
    });
    const podsBySet = new Map(
      sets.map((set) => [set.metadata?.uid ?? "", this.#pods.lister.byIndex("controllerUid", set.metadata?.uid ?? "")]),
    );
    return {
      context: this.#context,
      deployment,
      sets,
      podsBySet,
      nowMs: this.#context.clock.now(),
      status: {
        conditions: deployment.status?.conditions?.map((condition) => ({ ...condition })),
        collisionCount: deployment.status?.collisionCount,
      },
    };
  }

  #selecting(set: ReplicaSet): Deployment[] {
    const candidates = this.#deployments.lister.list(set.metadata?.namespace);
    return candidates.filter((deployment) =>
      labelMatcherOf(deployment.spec?.selector).matches(set.metadata?.labels ?? {}),
    );
  }

  #enqueueDeployment(pod: Pod, enqueue: Enqueue): void {
    const set = controllerOf(pod);
    if (set?.kind !== "ReplicaSet") return;
    const controller = controllerOf(this.#replicaSets.lister.get(pod.metadata?.namespace, set.name ?? "") ?? {});
    if (controller?.kind === "Deployment") enqueue(`${pod.metadata?.namespace}/${controller.name}`);
  }
}

/** One step towards what the deployment wants. Answers its newest replica set. */
async function advance(rollout: Rollout): Promise<ReplicaSet | undefined> {
  const { spec } = rollout.deployment;
  if (spec?.paused || isScalingEvent(rollout)) {
    await scaleToTotal(rollout, await updateNewReplicaSet(rollout));
    return findNewReplicaSet(rollout);
  }
  return spec?.strategy?.type === "Recreate" ? recreate(rollout) : rollingUpdate(rollout);
}

/** Pausing stops the deadline's clock; resuming starts it anew. */
function notePause(rollout: Rollout): void {
  const { deployment } = rollout;
  if (deployment.spec?.progressDeadlineSeconds === undefined) return;
  const reason = conditionOf(rollout, "Progressing")?.reason;
  if (reason === "ProgressDeadlineExceeded") return;
  if (deployment.spec.paused && reason !== "DeploymentPaused") {
    setProgress(rollout, "Unknown", "DeploymentPaused", "Deployment is paused");
  } else if (!deployment.spec.paused && reason === "DeploymentPaused") {
    setProgress(rollout, "Unknown", "DeploymentResumed", "Deployment is resumed");
  }
}
