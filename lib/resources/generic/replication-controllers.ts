import type { ReplicationController } from "../../../gen/typernetes/core/v1/replication_controller.ts";
import { labelMatcherOfSet } from "../../api/label-selector.ts";
import { ageColumn, countColumn, shownLabels, textColumn } from "../columns.ts";
import type { Column, Strategy } from "../strategy.ts";
import { templateColumns } from "../template-columns.ts";
import type { GenericOptions } from "./generic.ts";

const columns: readonly Column<ReplicationController>[] = [
  countColumn("Desired", "How many pods are wanted.", (it) => it.spec?.replicas ?? 0),
  countColumn("Current", "How many pods there are.", (it) => it.status?.replicas ?? 0),
  countColumn("Ready", "How many pods are ready.", (it) => it.status?.readyReplicas ?? 0),
  ageColumn,
  ...templateColumns<ReplicationController>((it) => it.spec?.template),
  textColumn("Selector", "Labels of the pods that belong to it.", (it) => shownLabels(it.spec?.selector), 1),
];

const scale: NonNullable<Strategy<ReplicationController>["scale"]> = {
  replicas: (object) => object.spec?.replicas ?? 0,
  setReplicas(object, replicas) {
    object.spec = { ...object.spec, replicas };
  },
  statusReplicas: (object) => object.status?.replicas ?? 0,
  selector: (object) => labelMatcherOfSet(object.spec?.selector).toString(),
};

/** What replication controllers have beside their contract. */
export const replicationControllers: GenericOptions = {
  hasGeneration: true,
  defaults(object: ReplicationController) {
    const labels = object.spec?.template?.metadata?.labels;
    if (!labels || !object.spec) return;
    object.spec.selector ??= { ...labels };
    if (object.metadata && !object.metadata.labels) object.metadata.labels = { ...labels };
  },
  selectableFields: { "status.replicas": (it: ReplicationController) => String(it.status?.replicas ?? 0) },
  columns,
  scale,
};
