import type { ControllerRevision } from "../../../gen/typernetes/apps/v1/controller_revision.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { formatLabelSelector } from "../../../lib/api/label-selector.ts";
import { applyStrategicMergePatch } from "../../../lib/api/patch/strategic-merge.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { Context } from "../context.ts";
import { listObjects } from "../request/objects.ts";
import { knownKind } from "../request/workloads.ts";
import { revisionAnnotation } from "./rollout-status.ts";
import type { Subject } from "./subjects.ts";

/** One state that a workload was in. */
export interface Revision {
  readonly number: number;
  readonly template: PodTemplateSpec;
  readonly changeCause: string;
}

const changeCauseAnnotation = "kubernetes.io/change-cause";

/** The revisions that are kept of a workload, the oldest first. */
export async function revisionsOf(context: Context, subject: Subject): Promise<Revision[]> {
  const revisions =
    subject.rolling.kind === "Deployment" ? await ofReplicaSets(context, subject) : await ofRevisions(context, subject);
  return revisions.sort((left, right) => left.number - right.number);
}

async function ofReplicaSets(context: Context, { object, rolling }: Subject): Promise<Revision[]> {
  const { objects } = await listObjects(context, knownKind("apps", "replicasets"), {
    selector: formatLabelSelector(rolling.object.spec?.selector),
  });
  const sets: ReplicaSet[] = objects;
  return sets
    .filter((set) => isOwned(set, object.metadata?.uid))
    .map((set) => ({
      number: Number(set.metadata?.annotations?.[revisionAnnotation] ?? 0),
      template: set.spec?.template ?? {},
      changeCause: set.metadata?.annotations?.[changeCauseAnnotation] ?? "",
    }));
}

async function ofRevisions(context: Context, { object, info, rolling }: Subject): Promise<Revision[]> {
  const { objects } = await listObjects(context, knownKind("apps", "controllerrevisions"), {
    selector: formatLabelSelector(rolling.object.spec?.selector),
  });
  const kept: ControllerRevision[] = objects;
  return kept
    .filter((one) => isOwned(one, object.metadata?.uid))
    .map((one) => {
      // The data of a revision is a patch that brings the workload's template to what it was.
      const restored = applyStrategicMergePatch(info.message, object, one.data ?? {});
      const spec = isRecord(restored["spec"]) ? restored["spec"] : {};
      return {
        number: one.revision ?? 0,
        template: isRecord(spec["template"]) ? (spec["template"] as PodTemplateSpec) : {},
        changeCause: one.metadata?.annotations?.[changeCauseAnnotation] ?? "",
      };
    });
}

function isOwned(
  object: {
    metadata?:
      | { ownerReferences?: { uid?: string | undefined; controller?: boolean | undefined }[] | undefined }
      | undefined;
  },
  uid: string | undefined,
): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.controller && owner.uid === uid) ?? false;
}
