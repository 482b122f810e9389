import type {
  ReplicationController,
  ReplicationControllerSpec,
} from "../../../gen/typernetes/core/v1/replication_controller.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { labelMatcherOfSet } from "../../api/label-selector.ts";
import { ageColumn, countColumn, shownLabels, textColumn } from "../columns.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { validatePodTemplate } from "../pod-template/validate.ts";
import { checkNonNegative } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { selectorMismatch, validateReplicaCounts, validateRunsForever } from "../workload.ts";

/** How replication controllers behave. */
export const replicationController: Strategy<ReplicationController> = {
  schema: schemaOf("", "v1", "replicationcontrollers"),
  defaults: defaultReplicationController,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateStatusUpdate,
  hasGeneration: true,
  orphansDependents: true,
  selectableFields: { "status.replicas": (it) => String(it.status?.replicas ?? 0) },
  columns: [
    countColumn("Desired", "How many pods are wanted.", (it) => it.spec?.replicas ?? 0),
    countColumn("Current", "How many pods there are.", (it) => it.status?.replicas ?? 0),
    countColumn("Ready", "How many pods are ready.", (it) => it.status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns<ReplicationController>((it) => it.spec?.template),
    textColumn("Selector", "Labels of the pods that belong to it.", (it) => shownLabels(it.spec?.selector), 1),
  ],
  scale: {
    replicas: (object) => object.spec?.replicas ?? 0,
    setReplicas(object, replicas) {
      object.spec = { ...object.spec, replicas };
    },
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => labelMatcherOfSet(object.spec?.selector).toString(),
  },
};

/** Selector and own labels are those of the template where none are given. */
function defaultReplicationController({ metadata, spec }: ReplicationController): void {
  if (!spec) return;
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0) {
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (metadata && isEmpty(metadata.labels)) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  defaultPodTemplate(spec.template);
}

function isEmpty(labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(labels ?? {}).length === 0;
}

function validate({ spec = {} }: ReplicationController, errors: FieldErrors): void {
  checkNonNegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  if (isEmpty(spec.selector)) errors.required("spec.selector");
  checkNonNegative(spec.replicas, "spec.replicas", errors);
  validateTemplate(spec, "spec.template", errors);
}

function validateTemplate({ selector, template }: ReplicationControllerSpec, path: string, errors: FieldErrors): void {
  if (!template) {
    errors.required(path);
    return;
  }
  const labels = template.metadata?.labels;
  if (!isEmpty(selector) && !labelMatcherOfSet(selector).matches(labels))
    errors.invalid(`${path}.metadata.labels`, labels ?? {}, selectorMismatch);
  validatePodTemplate(template, path, errors);
  validateRunsForever(template, "ReplicationController", path, errors);
}

const countedParts = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const;

function validateStatusUpdate({ status = {} }: ReplicationController, _old: object, errors: FieldErrors): void {
  checkNonNegative(status.observedGeneration, "status.observedGeneration", errors);
  validateReplicaCounts(status, countedParts, errors);
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.invalid("status.availableReplicas", status.availableReplicas, "cannot be greater than readyReplicas");
}
