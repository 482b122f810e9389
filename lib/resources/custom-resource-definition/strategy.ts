import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { createdAtColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { defaultCustomResourceDefinition, noteStoredVersions } from "./defaults.ts";
import { validateDefinition, validateDefinitionStatus } from "./validate.ts";
import { validateDefinitionUpdate } from "./validate-update.ts";

/** How definitions of kinds behave. */
export const customResourceDefinition: Strategy<CustomResourceDefinition> = {
  schema: schemaOf("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
  defaults: defaultCustomResourceDefinition,
  prepareForCreate(object) {
    object.status = {};
    noteStoredVersions(object);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    noteStoredVersions(object);
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  validateStatusUpdate: (object, _old, errors) => validateDefinitionStatus(object, errors),
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns: [createdAtColumn],
};
