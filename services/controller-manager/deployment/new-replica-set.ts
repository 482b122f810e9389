import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { controllerReference, isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import {
  annotationsForRevision,
  byRevision,
  copiedAnnotations,
  replicasAnnotations,
  revisionAnnotation,
  revisionOf,
} from "./annotations.ts";
import { conditionOf, setProgress } from "./conditions.ts";
import { byAge, maxReplicas, sumOf, wanted } from "./replica-math.ts";
import { oldSets, type Rollout } from "./rollout.ts";
import { sameTemplate, templateHash, templateHashLabel } from "./template-hash.ts";

/** The kind of the owner of replica sets here. */
export const deploymentKind = { apiVersion: "apps/v1", kind: "Deployment" };

/** The replica set of the deployment's present template; the oldest when there are several. */
export function findNewReplicaSet(rollout: Rollout): ReplicaSet | undefined {
  return [...rollout.sets]
    .sort(byAge)
    .find((set) => sameTemplate(set.spec?.template, rollout.deployment.spec?.template));
}

/** The newest replica set with its revision and annotations brought up to date; undefined when there is none. */
export async function updateNewReplicaSet(rollout: Rollout): Promise<ReplicaSet | undefined> {
  const existing = findNewReplicaSet(rollout);
  if (!existing) return undefined;
  const set = await updateExisting(rollout, existing, nextRevision(rollout, existing));
  if (!conditionOf(rollout, "Progressing"))
    setProgress(rollout, "True", "FoundNewReplicaSet", `Found new replica set "${set.metadata?.name}"`);
  return set;
}

/** As `updateNewReplicaSet`; makes it when there is none. */
export async function ensureNewReplicaSet(rollout: Rollout): Promise<ReplicaSet> {
  return (await updateNewReplicaSet(rollout)) ?? create(rollout, nextRevision(rollout, undefined));
}

function nextRevision(rollout: Rollout, newest: ReplicaSet | undefined): bigint {
  const last = [...oldSets(rollout, newest)].sort(byRevision).at(-1);
  return (last ? revisionOf(last) : 0n) + 1n;
}

/** How many pods the newest replica set may have now, as the strategy allows. */
export function newReplicasAllowed(rollout: Rollout, newest: ReplicaSet | undefined): number {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  if (rollout.deployment.spec?.strategy?.type === "Recreate") return replicas;
  const now = newest ? wanted(newest) : 0;
  const room = maxReplicas(rollout.deployment) - sumOf(rollout.sets, wanted);
  return room <= 0 ? now : now + Math.min(room, replicas - now);
}

async function updateExisting(rollout: Rollout, set: ReplicaSet, revision: bigint): Promise<ReplicaSet> {
  const annotations = { ...annotationsForRevision(set, revision), ...copiedAnnotations(rollout.deployment) };
  const minReadySeconds = rollout.deployment.spec?.minReadySeconds;
  const same = (set.spec?.minReadySeconds ?? 0) === (minReadySeconds ?? 0);
  if (same && deepEqual(annotations, set.metadata?.annotations ?? {})) return set;
  const updated = await rollout.context.client.apps.v1.replicasets.update({
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, minReadySeconds },
  });
  rollout.sets.splice(rollout.sets.indexOf(set), 1, updated);
  return updated;
}

async function create(rollout: Rollout, revision: bigint): Promise<ReplicaSet> {
  const { context, deployment } = rollout;
  const wish = replicaSetFor(rollout, revision);
  try {
    const set = await context.client.apps.v1.replicasets.create(wish);
    rollout.sets.push(set);
    if (wanted(set) > 0) {
      const message = `Scaled up replica set ${set.metadata?.name} from 0 to ${wanted(set)}`;
      context.recorder.event(deployment, "Normal", "ScalingReplicaSet", message);
    }
    setProgress(rollout, "True", "NewReplicaSetCreated", `Created new replica set "${set.metadata?.name}"`);
    return set;
  } catch (error) {
    if (isStatusError(error, "AlreadyExists")) return resolveNameClash(rollout, wish, error);
    if (!isNamespaceTerminating(error)) await reportCreateError(rollout, wish, error);
    throw error;
  }
}

async function reportCreateError(rollout: Rollout, wish: ReplicaSet, error: unknown): Promise<void> {
  const { context, deployment, status } = rollout;
  const message = `Failed to create new replica set "${wish.metadata?.name}": ${messageOf(error)}`;
  context.recorder.event(deployment, "Warning", "ReplicaSetCreateError", message);
  setProgress(rollout, "False", "ReplicaSetCreateError", message);
  if (deepEqual(status.conditions, deployment.status?.conditions)) return;
  await context.client.apps.v1.deployments.updateStatus({
    ...deployment,
    status: { ...deployment.status, conditions: status.conditions },
  });
}

/** The name is taken: by our own set that the cache does not show yet, or by another template with the same hash. */
async function resolveNameClash(rollout: Rollout, wish: ReplicaSet, error: unknown): Promise<ReplicaSet> {
  const { client } = rollout.context;
  const { namespace, name = "" } = wish.metadata ?? {};
  const taken = await client.apps.v1.replicasets.get(name, { namespace });
  const ours = isControlledBy(taken, rollout.deployment) && sameTemplate(taken.spec?.template, wish.spec?.template);
  if (ours) {
    rollout.sets.push(taken);
    return taken;
  }
  const collisionCount = (rollout.deployment.status?.collisionCount ?? 0) + 1;
  await client.apps.v1.deployments.updateStatus({
    ...rollout.deployment,
    status: { ...rollout.deployment.status, collisionCount },
  });
  throw error;
}

function replicaSetFor(rollout: Rollout, revision: bigint): ReplicaSet {
  const { deployment } = rollout;
  const template = deployment.spec?.template ?? {};
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      namespace: deployment.metadata?.namespace,
      name: `${deployment.metadata?.name}-${hash}`,
      labels,
      annotations: {
        ...copiedAnnotations(deployment),
        ...replicasAnnotations(deployment.spec?.replicas ?? 1, maxReplicas(deployment)),
        [revisionAnnotation]: String(revision),
      },
      ownerReferences: [controllerReference(deployment, deploymentKind)],
    },
    spec: {
      replicas: newReplicasAllowed(rollout, undefined),
      minReadySeconds: deployment.spec?.minReadySeconds,
      selector: selectorWithHash(deployment, hash),
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function selectorWithHash(deployment: Deployment, hash: string) {
  const { selector } = deployment.spec ?? {};
  return { ...selector, matchLabels: { ...selector?.matchLabels, [templateHashLabel]: hash } };
}
