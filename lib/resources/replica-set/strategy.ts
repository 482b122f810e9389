import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { checkNonNegative } from "../rules.ts";
import { scaleOf } from "../scale.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { validateReplicaCounts, validateWorkload } from "../workload.ts";

const countedParts = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const;

/** How replica sets behave. */
export const replicaSet: Strategy<ReplicaSet> = {
  schema: schemaOf("apps", "v1", "replicasets"),
  defaults({ spec }) {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: (object, errors) => validateWorkload(object.spec ?? {}, "spec", errors),
  validateUpdate(object, old, errors) {
    validateImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
  },
  validateStatusUpdate,
  hasGeneration: true,
  selectableFields: { "status.replicas": (it) => String(it.status?.replicas ?? 0) },
  columns: [
    countColumn("Desired", "How many pods are wanted.", (it) => it.spec?.replicas ?? 0),
    countColumn("Current", "How many pods there are.", (it) => it.status?.replicas ?? 0),
    countColumn("Ready", "How many pods are ready.", (it) => it.status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns<ReplicaSet>((it) => it.spec?.template),
    textColumn("Selector", "Labels of the pods that belong to it.", (it) => formatLabelSelector(it.spec?.selector), 1),
  ],
  scale: scaleOf<ReplicaSet>(),
};

function validateStatusUpdate({ status = {} }: ReplicaSet, _old: ReplicaSet, errors: FieldErrors): void {
  checkNonNegative(status.observedGeneration, "status.observedGeneration", errors);
  validateReplicaCounts(status, countedParts, errors);
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.invalid("status.availableReplicas", status.availableReplicas, "cannot be greater than readyReplicas");
}
