import type { CustomResourceColumnDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { jsonPath, type ReadPath } from "../../structural/json-path.ts";
import { age, ageColumn } from "../columns.ts";
import type { ApiObject, Column } from "../strategy.ts";

type ColumnType = Column<ApiObject>["type"];

/** The columns that a version of a definition asks for; the age alone when it asks for none. */
export function customColumns(definitions: readonly CustomResourceColumnDefinition[] = []): Column<ApiObject>[] {
  return definitions.length === 0 ? [ageColumn] : definitions.map(customColumn);
}

function customColumn(definition: CustomResourceColumnDefinition): Column<ApiObject> {
  const { name = "", type = "string", format, description = "", priority = 0 } = definition;
  const read = readerOf(definition.jsonPath ?? "");
  return {
    name,
    type: columnType(type),
    ...(format && { format }),
    description: description || `Custom resource definition column (in JSONPath format): ${definition.jsonPath}`,
    priority,
    cell: (object, nowMs) => cellOf(type, read(object), nowMs),
  };
}

/** A path that cannot be read finds nothing: validation has let it pass, so a table must still be printed. */
function readerOf(path: string): ReadPath {
  try {
    return jsonPath(path);
  } catch {
    return () => [];
  }
}

function columnType(type: string): ColumnType {
  return type === "integer" || type === "number" || type === "boolean" || type === "date" ? type : "string";
}

function cellOf(type: string, values: readonly unknown[], nowMs: number): string | number | boolean {
  const [first] = values;
  if (first === undefined || first === null) return "";
  if (type === "string") return values.map(textOf).join(" ");
  if (type === "date") return typeof first === "string" && Number.isFinite(Date.parse(first)) ? age(first, nowMs) : "";
  if (type === "boolean") return typeof first === "boolean" ? first : "";
  const number = typeof first === "string" && first !== "" ? Number(first) : first;
  if (typeof number !== "number" || Number.isNaN(number)) return "";
  return type === "integer" ? Math.trunc(number) : number;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
