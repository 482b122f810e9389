import { parseGoDuration } from "../api/go-duration.ts";
import { isRecord } from "../api/records.ts";
import type { CelObjectType } from "../cel/compile.ts";
import { celDuration, celValue, escapeProperty } from "../cel/values.ts";
import type { StructuralSchema } from "./structural-schema.ts";

type Members = Record<string, unknown>;
type Make = new () => object;

/** The members that expressions see of every object and embedded object. */
const objectFields = { apiVersion: "string", kind: "string", metadata: "ObjectMeta" };
const metadataFields = { name: "string", generateName: "string" };

/** The types that expressions over a schema know, and the values of these types. */
export class SchemaTypes {
  readonly types = new Map<string, CelObjectType>();
  readonly #names = new Map<StructuralSchema, string>();
  readonly #makers = new Map<StructuralSchema, Make>();
  readonly #metadata: Make = class {};

  /** `root` is the schema of whole objects. */
  constructor(root: StructuralSchema) {
    this.types.set("ObjectMeta", { fields: metadataFields, make: this.#metadata });
    this.#declare(root, true);
  }

  /** The type of values of a node of the schema. */
  typeOf(schema: StructuralSchema): string {
    return this.#names.get(schema) ?? "dyn";
  }

  /** A value as expressions over its schema see it. */
  valueOf(value: unknown, schema: StructuralSchema): unknown {
    if (value === null || value === undefined) return value;
    if (Array.isArray(value)) {
      const { items } = schema;
      return items ? value.map((item) => this.valueOf(item, items)) : celValue(value);
    }
    if (isRecord(value)) return this.#recordOf(value, schema);
    if (typeof value === "number") return schema.type === "number" ? value : celValue(value);
    return typeof value === "string" ? textValue(value, schema) : value;
  }

  #declare(schema: StructuralSchema, isResource: boolean): string {
    const type = this.#describe(schema, isResource);
    // Null is a value of no other type, and a number or a text of two: such values are looked at when they are there.
    const name = schema.isIntOrString || schema.isNullable ? "dyn" : type;
    this.#names.set(schema, name);
    return name;
  }

  #describe(schema: StructuralSchema, isResource: boolean): string {
    switch (schema.type) {
      case "array":
        return schema.items ? `list<${this.#declare(schema.items, false)}>` : "list<dyn>";
      case "object":
        return this.#describeObject(schema, isResource || schema.isEmbedded);
      case "integer":
        return "int";
      case "number":
        return "double";
      case "boolean":
        return "bool";
      case "string":
        return textTypes[schema.source.format ?? ""] ?? "string";
      default:
        return "dyn";
    }
  }

  #describeObject(schema: StructuralSchema, isResource: boolean): string {
    const { additionalProperties: additional } = schema;
    if (schema.properties.size === 0 && !isResource) {
      if (typeof additional === "object") return `map<string, ${this.#declare(additional, false)}>`;
      if (schema.preservesUnknown || additional) return "map<string, dyn>";
    }
    const fields: Record<string, string> = isResource ? { ...objectFields } : {};
    for (const [name, property] of schema.properties) {
      const field = escapeProperty(name);
      const type = this.#declare(property, false);
      if (field !== undefined && !(isResource && name in objectFields)) fields[field] = type;
    }
    const name = `Object${this.types.size}`;
    const make: Make = class {};
    this.types.set(name, { fields, make });
    this.#makers.set(schema, make);
    return name;
  }

  #recordOf(record: Members, schema: StructuralSchema): unknown {
    const make = this.#makers.get(schema);
    const { additionalProperties: additional, properties } = schema;
    if (!make) {
      if (typeof additional !== "object") return celValue(record);
      return new Map(Object.entries(record).map(([name, member]) => [name, this.valueOf(member, additional)]));
    }
    const value: Members = Object.assign(new make());
    for (const [name, member] of Object.entries(record)) {
      const field = escapeProperty(name);
      const property = properties.get(name);
      if (field === undefined) continue;
      // Of the metadata of objects, the names alone.
      if (name === "metadata" && this.types.get(this.typeOf(schema))?.fields[name] === "ObjectMeta")
        value[field] = this.#metadataOf(member);
      else if (property) value[field] = this.valueOf(member, property);
      else if (name in objectFields) value[field] = member;
    }
    return value;
  }

  #metadataOf(metadata: unknown): unknown {
    const { name, generateName } = isRecord(metadata) ? metadata : {};
    return Object.assign(new this.#metadata(), { name, generateName });
  }
}

const textTypes: Readonly<Record<string, string>> = {
  byte: "bytes",
  duration: "google.protobuf.Duration",
  date: "google.protobuf.Timestamp",
  "date-time": "google.protobuf.Timestamp",
};

function textValue(text: string, { type, source }: StructuralSchema): unknown {
  if (type !== "string") return text;
  if (source.format === "byte") return new Uint8Array(Buffer.from(text, "base64"));
  if (source.format === "date" || source.format === "date-time") return new Date(text);
  return source.format === "duration" ? durationValue(text) : text;
}

function durationValue(text: string): unknown {
  try {
    return celDuration(parseGoDuration(text));
  } catch {
    return celDuration(Number.NaN);
  }
}
