import type { ComponentCondition, ComponentStatus } from "../../../gen/typernetes/core/v1/component_status.ts";
import { textColumn, unknown } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How the health of components is shown; it is asked for, never stored. */
export const componentStatus: Strategy<ComponentStatus> = {
  schema: schemaOf("", "v1", "componentstatuses"),
  validate() {},
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Status", "Whether the component is healthy.", status),
    textColumn("Message", "What the component says.", (it) => health(it)?.message ?? ""),
    textColumn("Error", "Why the component could not be asked.", (it) => health(it)?.error ?? ""),
  ],
};

function health(object: ComponentStatus): ComponentCondition | undefined {
  return object.conditions?.find((condition) => condition.type === "Healthy");
}

function status(object: ComponentStatus): string {
  const value = health(object)?.status;
  return value === "True" ? "Healthy" : value === "False" ? "Unhealthy" : value ? "Unknown" : unknown;
}
