import type { ResourceSchema } from "../../../gen/schema.ts";
import type { CustomResourceDefinitionVersion } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { jsonPath } from "../../structural/json-path.ts";
import type { StructuralSchema } from "../../structural/structural-schema.ts";
import { validateCustomObject } from "../../structural/validate-object.ts";
import { dropStatus, keepStatus } from "../status-rules.ts";
import type { ApiObject, Strategy } from "../strategy.ts";
import { customColumns } from "./columns.ts";
import { customScale } from "./scale.ts";

type Fields = ApiObject & { status?: unknown };

/** How the objects of one version of a definition behave. */
export function customStrategy(
  schema: ResourceSchema,
  version: CustomResourceDefinitionVersion,
  structure: StructuralSchema,
): Strategy {
  const { status, scale } = version.subresources ?? {};
  const validate = (object: ApiObject, errors: FieldErrors, old?: ApiObject) =>
    validateCustomObject(structure, object, errors, old);
  return {
    schema,
    ...(status ? statusApart : statusWithin),
    validate,
    validateStatusUpdate: (object, old, errors) => validate(object, errors, old),
    updatesNeedVersion: true,
    hasGeneration: true,
    selectableFields: selectableFields(version),
    columns: customColumns(version.additionalPrinterColumns),
    ...(scale && { scale: customScale(scale) }),
  };
}

const statusApart: Partial<Strategy> = {
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepAllButStatus,
};

/** Without the subresource the status is a part of what is asked for, and its changes count. */
const statusWithin: Partial<Strategy> = {
  prepareForUpdate(object: Fields, old: Fields) {
    if (!object.metadata || deepEqual(object.status, old.status)) return;
    object.metadata.generation = (old.metadata?.generation ?? 0) + 1;
  },
};

/** Of an update of the status, everything else stays as it was. */
function keepAllButStatus(object: Fields, old: Fields): void {
  const { status, metadata } = object;
  for (const name of Object.keys(object)) delete (object as Record<string, unknown>)[name];
  Object.assign(object, old, status === undefined ? { status: undefined } : { status });
  if (status === undefined) delete object.status;
  object.metadata = { ...old.metadata };
  if (metadata?.managedFields) object.metadata.managedFields = metadata.managedFields;
  if (metadata?.resourceVersion) object.metadata.resourceVersion = metadata.resourceVersion;
}

function selectableFields({ selectableFields = [] }: CustomResourceDefinitionVersion): Strategy["selectableFields"] {
  const entries = selectableFields.map(({ jsonPath: path = "" }) => {
    const read = jsonPath(path);
    const textOf = (object: ApiObject) => {
      const [value] = read(object);
      return value === undefined || value === null ? "" : String(value);
    };
    return [path.replace(/^\./, ""), textOf] as const;
  });
  return Object.fromEntries(entries);
}
