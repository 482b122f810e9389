import type { SizeNode } from "../cel/cost/sizes.ts";
import { escapeProperty } from "../cel/values.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** The largest request, in bytes. */
export const requestBytesMax = 3 * 1024 * 1024;
/** A text without its quotes. */
const textMax = requestBytesMax - 2;
/** What a limit in characters may be in bytes. */
const bytesPerCharacter = 4;
/** The shortest and longest JSON of what texts of these formats stand for. */
const formats: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  duration: { min: 3, max: 32 },
  date: { min: 12, max: 12 },
  "date-time": { min: 21, max: 32 },
};

/** How large data of a schema may be, and how small their JSON is at least, in bytes. */
export interface SchemaSize extends SizeNode {
  readonly jsonBytesMin: number;
}

const text: SchemaSize = { ...leaf(textMax, 2) };
const metadata = ofObject(
  new Map([
    ["name", text],
    ["generateName", text],
  ]),
  2,
);

/** The sizes of data by their schema; undefined for what expressions do not see. `isResource`: of whole objects. */
export function sizesOf(schema: StructuralSchema, isResource: boolean): SchemaSize | undefined {
  const { source, isIntOrString, type } = schema;
  if (isIntOrString) return leaf(source.maxLength === undefined ? textMax : source.maxLength * bytesPerCharacter, 1);
  switch (type) {
    case "array":
      return sizesOfList(schema);
    case "object":
      return sizesOfObject(schema, isResource || schema.isEmbedded);
    case "string":
      return sizesOfText(schema);
    case "boolean":
      return leaf(0, 4);
    case "number":
    case "integer":
      return leaf(0, 1);
    default:
      return undefined;
  }
}

function leaf(elementsMax: number, jsonBytesMin: number): SchemaSize {
  return { elementsMax, jsonBytesMin, field: () => undefined, element: undefined, key: undefined };
}

function sizesOfList({ items, source }: StructuralSchema): SchemaSize | undefined {
  const element = items && sizesOf(items, false);
  if (!element) return undefined;
  // Without the brackets, and with a comma for each.
  const elementsMax = source.maxItems ?? Math.floor((requestBytesMax - 2) / (element.jsonBytesMin + 1));
  return { elementsMax, jsonBytesMin: 2, field: () => undefined, element, key: undefined };
}

function sizesOfObject(schema: StructuralSchema, isResource: boolean): SchemaSize | undefined {
  const { additionalProperties: additional, properties, source } = schema;
  if (typeof additional === "object") {
    const element = sizesOf(additional, false);
    if (!element) return undefined;
    // A key has quotes, a colon and a comma besides at least two bytes.
    const elementsMax = source.maxProperties ?? Math.floor((requestBytesMax - 2) / (element.jsonBytesMin + 6));
    // Of keys nothing is known.
    return { elementsMax, jsonBytesMin: 2, field: () => undefined, element, key: leaf(0, 2) };
  }
  const fields = new Map<string, SchemaSize>();
  let jsonBytesMin = 2;
  for (const [name, property] of properties) {
    const size = isResource && name === "metadata" ? metadata : sizesOf(property, false);
    if (!size) continue;
    const escaped = escapeProperty(name);
    if (escaped !== undefined) fields.set(escaped, size);
    if (source.required?.includes(name) && !property.hasDefault) jsonBytesMin += name.length + size.jsonBytesMin + 4;
  }
  if (isResource) {
    for (const name of ["apiVersion", "kind"]) fields.set(name, text);
    fields.set("metadata", metadata);
  }
  return ofObject(fields, jsonBytesMin);
}

function ofObject(fields: ReadonlyMap<string, SchemaSize>, jsonBytesMin: number): SchemaSize {
  return { elementsMax: 0, jsonBytesMin, field: (name) => fields.get(name), element: undefined, key: undefined };
}

function sizesOfText({ source }: StructuralSchema): SchemaSize {
  const { format = "", maxLength, enum: values } = source;
  const known = formats[format];
  if (known) return leaf(known.max, known.min);
  if (maxLength !== undefined) return leaf(Math.max(maxLength, 0) * (format === "byte" ? 1 : bytesPerCharacter), 2);
  if (format === "byte" || !values?.length) return text;
  const lengths = values.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0));
  return leaf(Math.max(...lengths), 2);
}
