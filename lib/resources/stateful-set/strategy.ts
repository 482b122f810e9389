import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import { labelName } from "../../api/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defaultClaimSpec } from "../persistent-volume-claim/defaults.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { scaleOf } from "../scale.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from "./validate.ts";

/** How stateful sets behave. */
export const statefulSet: Strategy<StatefulSet> = {
  schema: schemaOf("apps", "v1", "statefulsets"),
  nameRule: labelName,
  defaults: defaultStatefulSet,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatus,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Ready", "How many pods are ready, of how many that are wanted.", (it) => {
      return `${it.status?.readyReplicas ?? 0}/${it.spec?.replicas ?? 0}`;
    }),
    ageColumn,
    ...templateColumns<StatefulSet>((it) => it.spec?.template),
  ],
  scale: scaleOf<StatefulSet>(),
};

function defaultStatefulSet({ spec }: StatefulSet): void {
  if (!spec) return;
  spec.podManagementPolicy ||= "OrderedReady";
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= "RollingUpdate";
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
  for (const claim of spec.volumeClaimTemplates ?? []) {
    // Templates are stored as the claims that they become, kind and phase included.
    claim.apiVersion ??= "v1";
    claim.kind ??= "PersistentVolumeClaim";
    if (claim.spec) defaultClaimSpec(claim.spec);
    claim.status ??= {};
    claim.status.phase ||= "Pending";
  }
  defaultPodTemplate(spec.template);
}
