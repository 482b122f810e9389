import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { scaleOf } from "../scale.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { validateDeployment, validateDeploymentStatus } from "./validate.ts";

/** How deployments behave. */
export const deployment: Strategy<Deployment> = {
  schema: schemaOf("apps", "v1", "deployments"),
  defaults: defaultDeployment,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    if (object.metadata) object.metadata.labels = old.metadata?.labels;
  },
  validate: validateDeployment,
  validateUpdate(object, old, errors) {
    validateImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
  },
  validateStatusUpdate: validateDeploymentStatus,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Ready", "How many pods are ready, of how many that are wanted.", (it) => {
      return `${it.status?.readyReplicas ?? 0}/${it.spec?.replicas ?? 0}`;
    }),
    countColumn("Up-to-date", "How many pods are of the newest template.", (it) => it.status?.updatedReplicas ?? 0),
    countColumn(
      "Available",
      "How many pods have been ready for long enough.",
      (it) => it.status?.availableReplicas ?? 0,
    ),
    ageColumn,
    ...templateColumns<Deployment>((it) => it.spec?.template),
    textColumn("Selector", "Labels of the pods that belong to it.", (it) => formatLabelSelector(it.spec?.selector), 1),
  ],
  scale: scaleOf<Deployment>(),
};

function defaultDeployment({ spec }: Deployment): void {
  if (!spec) return;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.strategy ??= {};
  spec.strategy.type ||= "RollingUpdate";
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
    spec.strategy.rollingUpdate.maxSurge ??= "25%";
  }
  defaultPodTemplate(spec.template);
}
