import type { Deployment } from "../../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../../gen/typernetes/apps/v1/replica_set.ts";
import type { PodTemplateSpec } from "../../../../gen/typernetes/core/v1/pod_template.ts";
import { deepEqual } from "../../../../lib/api/deep.ts";
import { formatLabelSelector } from "../../../../lib/api/label-selector.ts";
import type { Describer } from "./describe.ts";
import { type DescriptionText, longTime } from "./description-text.ts";
import { describePodTemplate } from "./pod-template.ts";

export const describeDeployment: Describer = async (text, deployment: Deployment, context) => {
  const { metadata = {}, spec = {}, status = {} } = deployment;
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.field("CreationTimestamp", longTime(metadata.creationTimestamp));
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text.field("Selector", formatLabelSelector(spec.selector));
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
  text.field(
    "Replicas",
    `${spec.replicas ?? 0} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
  );
  text.field("StrategyType", spec.strategy?.type ?? "").field("MinReadySeconds", spec.minReadySeconds ?? 0);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling)
    text.field(
      "RollingUpdateStrategy",
      `${rolling.maxUnavailable ?? ""} max unavailable, ${rolling.maxSurge ?? ""} max surge`,
    );
  describePodTemplate(text, spec.template ?? {});
  describeConditions(text, status.conditions);
  const { client } = await context.connect();
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  const { items } = await client.apps.v1.replicasets.list({
    ...where,
    labelSelector: formatLabelSelector(spec.selector),
    ...context.call,
  });
  describeReplicaSets(
    text,
    deployment,
    items.filter((set) => set.metadata?.ownerReferences?.some(({ uid }) => uid === metadata.uid)),
  );
};

/** Describes the conditions of a workload. */
export function describeConditions(
  text: DescriptionText,
  conditions:
    | readonly { type?: string | undefined; status?: string | undefined; reason?: string | undefined }[]
    | undefined,
): void {
  if (!conditions?.length) return;
  text.line("Conditions:");
  text.line("Type\tStatus\tReason", 1).line("----\t------\t------", 1);
  for (const { type = "", status = "", reason = "" } of conditions) text.line(`${type}\t${status}\t${reason}`, 1);
}

function describeReplicaSets(text: DescriptionText, { spec }: Deployment, sets: readonly ReplicaSet[]): void {
  const newest = sets.find((set) => deepEqual(withoutHash(set.spec?.template), withoutHash(spec?.template)));
  const old = sets.filter((set) => set !== newest && (set.spec?.replicas ?? 0) > 0);
  text.field("OldReplicaSets", setsText(old)).field("NewReplicaSet", setsText(newest ? [newest] : []));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { "pod-template-hash": _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

function setsText(sets: readonly ReplicaSet[]): string {
  return (
    sets
      .map(
        ({ metadata, spec, status }) =>
          `${metadata?.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`,
      )
      .join(", ") || "<none>"
  );
}
