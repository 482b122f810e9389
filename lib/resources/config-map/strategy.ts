import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How configuration maps behave. */
export const configMap: Strategy<ConfigMap> = {
  schema: schemaOf("", "v1", "configmaps"),
  validate() {},
  hasGeneration: false,
  selectableFields: {},
  columns: [],
};
