import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { scaleOf } from "../scale.ts";
import { templateColumns } from "../template-columns.ts";
import type { GenericOptions } from "./generic.ts";

/** What stateful sets have beside their contract. */
export const statefulSets: GenericOptions = {
  hasGeneration: true,
  defaults(object: StatefulSet) {
    const spec = object.spec;
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
  },
  // Its containers mount volumes that the set makes, and that the template therefore lacks.
  rules: { "core.v1.PodTemplateSpec": () => {} },
  columns: [
    textColumn("Ready", "How many pods are ready, of how many that are wanted.", (it: StatefulSet) => {
      return `${it.status?.readyReplicas ?? 0}/${it.spec?.replicas ?? 0}`;
    }),
    ageColumn,
    ...templateColumns<StatefulSet>((it) => it.spec?.template),
  ],
  scale: scaleOf<StatefulSet>(),
};
