import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, shownLabels, textColumn } from "../columns.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Column, Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import { beginTemplateGeneration, countTemplate } from "./template-generation.ts";
import { validateDaemonSet, validateDaemonSetStatus } from "./validate.ts";

const columns: readonly Column<DaemonSet>[] = [
  countColumn("Desired", "On how many nodes a pod should run.", (it) => it.status?.desiredNumberScheduled ?? 0),
  countColumn("Current", "On how many of these nodes one runs.", (it) => it.status?.currentNumberScheduled ?? 0),
  countColumn("Ready", "How many pods are ready.", (it) => it.status?.numberReady ?? 0),
  countColumn(
    "Up-to-date",
    "How many pods are of the newest template.",
    (it) => it.status?.updatedNumberScheduled ?? 0,
  ),
  countColumn("Available", "How many pods have been ready for long enough.", (it) => it.status?.numberAvailable ?? 0),
  textColumn("Node Selector", "Labels of the nodes.", (it) => shownLabels(it.spec?.template?.spec?.nodeSelector)),
  ageColumn,
  ...templateColumns<DaemonSet>((it) => it.spec?.template),
  textColumn("Selector", "Labels of the pods that belong to it.", (it) => formatLabelSelector(it.spec?.selector), 1),
];

/** How daemon sets behave. */
export const daemonSet: Strategy<DaemonSet> = {
  schema: schemaOf("apps", "v1", "daemonsets"),
  defaults: defaultDaemonSet,
  prepareForCreate(object) {
    dropStatus(object);
    beginTemplateGeneration(object);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    countTemplate(object, old);
  },
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    countTemplate(object, old);
  },
  validate: validateDaemonSet,
  validateUpdate(object, old, errors) {
    validateImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
  },
  validateStatusUpdate: validateDaemonSetStatus,
  hasGeneration: true,
  selectableFields: {},
  columns,
};

function defaultDaemonSet({ spec }: DaemonSet): void {
  if (!spec) return;
  spec.revisionHistoryLimit ??= 10;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= "RollingUpdate";
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  defaultPodTemplate(spec.template);
}
