import type { CustomResourceColumnDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { simplePathError } from "./simple-path.ts";

const types = ["boolean", "date", "integer", "number", "string"];
const formats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** Checks a column of what is printed of objects. */
export function validatePrinterColumn(column: CustomResourceColumnDefinition, path: string, errors: FieldErrors): void {
  const { name, type, format, jsonPath } = column;
  if (!name) errors.required(`${path}.name`);
  if (!type) errors.required(`${path}.type`, `must be one of ${types.join(",")}`);
  else if (!types.includes(type)) errors.invalid(`${path}.type`, type, `must be one of ${types.join(",")}`);
  if (format && !formats.includes(format))
    errors.invalid(`${path}.format`, format, `must be one of ${formats.join(",")}`);
  const message = simplePathError(jsonPath ?? "");
  if (!jsonPath) errors.required(`${path}.jsonPath`);
  else if (message) errors.invalid(`${path}.jsonPath`, jsonPath, message);
}
