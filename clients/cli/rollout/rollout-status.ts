import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import { CliError } from "../cli-error.ts";
import type { Rolling } from "../request/workloads.ts";

/** How far a rollout is, in a line, and whether it is done. */
export interface RolloutStatus {
  readonly message: string;
  readonly isDone: boolean;
}

/** Tells how far a rollout is. @throws CliError when it has failed. */
export function rolloutStatus(rolling: Rolling, revision: number): RolloutStatus {
  switch (rolling.kind) {
    case "Deployment":
      return deploymentStatus(rolling.object, revision);
    case "DaemonSet":
      return daemonSetStatus(rolling.object);
    case "StatefulSet":
      return statefulSetStatus(rolling.object);
  }
}

function waiting(message: string): RolloutStatus {
  return { message, isDone: false };
}

/** The annotation in which the controller counts revisions. */
export const revisionAnnotation = "deployment.kubernetes.io/revision";

function deploymentStatus({ metadata, spec, status = {} }: Deployment, revision: number): RolloutStatus {
  const name = metadata?.name ?? "";
  const shown = metadata?.annotations?.[revisionAnnotation];
  if (revision > 0 && shown !== undefined && Number(shown) !== revision)
    throw new CliError(`desired revision (${revision}) is different from the running revision (${shown})`);
  if ((metadata?.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting("Waiting for deployment spec update to be observed...");
  const progressing = status.conditions?.find(({ type }) => type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    throw new CliError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas: available = 0 } = status;
  const wanted = spec?.replicas;
  const start = `Waiting for deployment ${JSON.stringify(name)} rollout to finish:`;
  if (wanted !== undefined && updated < wanted)
    return waiting(`${start} ${updated} out of ${wanted} new replicas have been updated...`);
  if (replicas > updated) return waiting(`${start} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${start} ${available} of ${updated} updated replicas are available...`);
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out`, isDone: true };
}

function daemonSetStatus({ metadata, spec, status = {} }: DaemonSet): RolloutStatus {
  const name = JSON.stringify(metadata?.name ?? "");
  if (spec?.updateStrategy?.type !== "RollingUpdate")
    throw new CliError("rollout status is only available for RollingUpdate strategy type");
  if ((metadata?.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting("Waiting for daemon set spec update to be observed...");
  const {
    desiredNumberScheduled: wanted = 0,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
  } = status;
  const start = `Waiting for daemon set ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${start} ${updated} out of ${wanted} new pods have been updated...`);
  if (available < wanted) return waiting(`${start} ${available} of ${wanted} updated pods are available...`);
  return { message: `daemon set ${name} successfully rolled out`, isDone: true };
}

function statefulSetStatus({ metadata, spec, status = {} }: StatefulSet): RolloutStatus {
  if (spec?.updateStrategy?.type !== "RollingUpdate")
    throw new CliError("rollout status is only available for RollingUpdate strategy type");
  if ((metadata?.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting("Waiting for statefulset spec update to be observed...");
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0, currentRevision, updateRevision } = status;
  const wanted = spec.replicas ?? 1;
  if (ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready...`);
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    if (updated < wanted - partition)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...`,
      );
    return { message: `partitioned roll out complete: ${updated} new pods have been updated...`, isDone: true };
  }
  if (updateRevision !== currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision}...`,
    );
  return {
    message: `statefulset rolling update complete ${status.currentReplicas ?? 0} pods at revision ${currentRevision}...`,
    isDone: true,
  };
}
