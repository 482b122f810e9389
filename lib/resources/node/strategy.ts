import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { nodeColumns } from "./columns.ts";
import { validateNode, validateNodeUpdate } from "./validate.ts";

/** How nodes behave. A node registers itself with its status: that is kept on create. */
export const node: Strategy<Node> = {
  schema: schemaOf("", "v1", "nodes"),
  defaults: defaultNode,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeUpdate,
  hasGeneration: false,
  selectableFields: { "spec.unschedulable": (it) => String(it.spec?.unschedulable ?? false) },
  columns: nodeColumns,
};

function defaultNode({ spec, status }: Node): void {
  if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  if (!spec) return;
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}
