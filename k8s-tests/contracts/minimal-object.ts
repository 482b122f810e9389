import { type FieldSchema, messages, type ResourceSchema } from "../../gen/schema.ts";

type Json = Record<string, unknown>;

/**
 * JSON of a kind with its `spec` and its required fields alone, as the contracts have them, changed by what `adjustments`
 * has: structs are merged, everything else is replaced.
 */
export function minimalObject({ message, group, version, kind }: ResourceSchema, adjustments: Json = {}): Json {
  const object = { ...minimal(message), apiVersion: group ? `${group}/${version}` : version, kind };
  return merge(object, adjustments);
}

function minimal(message: string): Json {
  const fields = messages[message]?.fields ?? [];
  const needed = fields.filter((field) => field.required || (field.name === "spec" && !field.pointer));
  return Object.fromEntries(needed.map((field) => [field.name, value(field)]));
}

function merge(base: Json, changes: Json): Json {
  const merged = { ...base };
  for (const [key, change] of Object.entries(changes)) {
    const before = merged[key];
    merged[key] = isStruct(before) && isStruct(change) ? merge(before, change) : change;
  }
  return merged;
}

function isStruct(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function value(field: FieldSchema): unknown {
  const one = field.message === undefined ? scalar(field) : minimal(field.message);
  if (field.repeated) return [one];
  return field.map ? { sample: one } : one;
}

function scalar({ type, enum: values }: FieldSchema): unknown {
  switch (type) {
    case "int32":
    case "int64":
    case "uint32":
    case "double":
    case "intOrString":
      return 1;
    case "bool":
      return true;
    case "quantity":
      return "1";
    case "time":
      return "2024-01-01T00:00:00Z";
    case "microTime":
      return "2024-01-01T00:00:00.000000Z";
    case "duration":
      return "1m0s";
    case "json":
      return {};
    case "stringList":
      return ["sample"];
    case "bytes":
      return "c2FtcGxl";
    default:
      return values?.[0] ?? "sample";
  }
}
