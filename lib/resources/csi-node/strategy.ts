import type { CSINode } from "../../../gen/typernetes/storage/v1/csi_node.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { validateCsiNode, validateCsiNodeUpdate } from "./validate.ts";

/** How lists of the storage drivers on a node behave. */
export const csiNode: Strategy<CSINode> = {
  schema: schemaOf("storage.k8s.io", "v1", "csinodes"),
  validate: validateCsiNode,
  validateUpdate: validateCsiNodeUpdate,
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    countColumn("Drivers", "How many drivers run on the node.", (it) => it.spec?.drivers?.length ?? 0),
    ageColumn,
  ],
};
