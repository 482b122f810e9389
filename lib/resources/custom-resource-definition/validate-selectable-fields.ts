import type {
  JSONSchemaProps,
  SelectableField,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

const fieldsMax = 8;
const selectableTypes = ["string", "boolean", "integer"];

/** Checks by which fields objects are selected: plain values that the schema has. */
export function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: JSONSchemaProps,
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      errors.required(at);
      continue;
    }
    const message = fieldError(jsonPath, schema);
    if (message) errors.invalid(at, jsonPath, message);
    else if (seen.has(jsonPath)) errors.duplicate(at, jsonPath);
    seen.add(jsonPath);
  }
  if (seen.size > fieldsMax) errors.tooMany(path, seen.size, fieldsMax);
}

function fieldError(path: string, schema: JSONSchemaProps): string | undefined {
  const [root, ...steps] = path.split(".");
  if (root !== "" || steps.length === 0 || steps.includes(""))
    return "is an invalid path: expected a path of names that begins with a dot";
  let found: JSONSchemaProps | undefined = schema;
  for (const step of steps) {
    found = found?.properties?.[step];
    if (!found && steps[0] !== "metadata") return "is an invalid path: does not refer to a valid field";
  }
  if (steps[0] === "metadata") return "must not point to fields in metadata";
  return selectableTypes.includes(found?.type ?? "")
    ? undefined
    : "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
}
