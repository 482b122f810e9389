import {
  type FieldShape,
  type ListKey,
  listShape,
  recordShape,
  type Shape,
  scalarShape,
  untypedAtomicShape,
  untypedShape,
} from "../api/managed-fields/shape.ts";
import { shapeOfMessage } from "../api/managed-fields/shape-of-message.ts";
import { isRecord } from "../api/records.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Which parts of custom objects are owned one by one; `root` is the schema of whole objects. */
export function shapeOfSchema(root: StructuralSchema): Shape {
  return objectShape(root, true);
}

function shapeOf(schema: StructuralSchema): Shape {
  if (schema.isIntOrString) return scalarShape;
  switch (schema.type) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return scalarShape;
    case "array":
      return arrayShape(schema);
    case "object":
      return objectShape(schema, schema.isEmbedded);
    default:
      return schema.preservesUnknown ? untypedShape : untypedAtomicShape;
  }
}

function objectShape(schema: StructuralSchema, isResource: boolean): Shape {
  const { properties, additionalProperties: additional, preservesUnknown, source } = schema;
  const fields = new Map<string, FieldShape>(
    [...properties].map(([name, property]) => [name, { name, shape: shapeOf(property) }]),
  );
  if (isResource) {
    for (const name of ["apiVersion", "kind"]) fields.set(name, { name, shape: scalarShape });
    fields.set("metadata", { name: "metadata", shape: shapeOfMessage("meta.v1.ObjectMeta") });
  }
  const isBare = properties.size === 0 && additional === false;
  const element =
    typeof additional === "object"
      ? shapeOf(additional)
      : preservesUnknown || additional || isBare
        ? untypedShape
        : undefined;
  const isAtomic = source["x-kubernetes-map-type"] === "atomic";
  return recordShape(fields.values(), { isAtomic, ...(element && { element }) });
}

function arrayShape({ items, source }: StructuralSchema): Shape {
  const element = items ? shapeOf(items) : untypedAtomicShape;
  const type = source["x-kubernetes-list-type"];
  if (type === "set") return listShape("set", element);
  if (type !== "map") return listShape("atomic", element);
  const keys = (source["x-kubernetes-list-map-keys"] ?? []).map((name): ListKey => {
    const value = items?.properties.get(name)?.source.default;
    return isScalar(value) ? { name, default: value } : { name };
  });
  return listShape("map", element, keys);
}

function isScalar(value: unknown): value is string | number | boolean {
  return !isRecord(value) && (typeof value === "string" || typeof value === "number" || typeof value === "boolean");
}
