import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { ageColumn, countColumn, shownLabels, textColumn } from "../columns.ts";
import type { Column } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import type { GenericOptions } from "./generic.ts";

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

/** What daemon sets have beside their contract. */
export const daemonSets: GenericOptions = {
  hasGeneration: true,
  defaults(object: DaemonSet) {
    const spec = object.spec;
    if (!spec) return;
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type !== "RollingUpdate") return;
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  },
  columns,
};
