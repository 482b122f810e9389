import type { CompiledField } from "../compiled-schema.ts";
import { isRecord, type JsonRecord } from "../records.ts";

/** A value whose JSON has another shape than its message in Kubernetes' encoding. */
export interface SpecialShape {
  readonly parts: readonly SpecialPart[];
  /** A list is one value. */
  readonly isWholeList: boolean;
  /** The fields of the message. */
  toParts(value: unknown): JsonRecord;
  /** Undefined when nothing is set. */
  fromParts(parts: JsonRecord): unknown;
}

/** A field of such a message. */
export interface SpecialPart {
  readonly number: number;
  readonly name: string;
  readonly repeated?: true;
  /** A message's name for type `message`. */
  readonly type: "string" | "bool" | "message";
  readonly message?: string;
}

const schemaName = "apiextensions.v1.JSONSchemaProps";
const schema: SpecialPart = { number: 1, name: "schema", type: "message", message: schemaName };

/** A list that is a message of its own. */
const items: SpecialShape = {
  parts: [{ number: 1, name: "items", repeated: true, type: "string" }],
  isWholeList: true,
  toParts: (value) => ({ items: value }),
  fromParts: (parts) => parts["items"] ?? [],
};

/** A schema, or a list of them. */
const schemaOrArray: SpecialShape = {
  parts: [schema, { ...schema, number: 2, name: "schemas", repeated: true }],
  isWholeList: false,
  toParts: (value) => (Array.isArray(value) ? { schemas: value } : { schema: value }),
  fromParts: (parts) => parts["schemas"] ?? parts["schema"],
};

/** A schema, or whether anything is allowed. */
const schemaOrBool: SpecialShape = {
  parts: [
    { number: 1, name: "allows", type: "bool" },
    { ...schema, number: 2 },
  ],
  isWholeList: false,
  toParts: (value) => (isRecord(value) ? { allows: true, schema: value } : { allows: value }),
  fromParts: (parts) => parts["schema"] ?? parts["allows"] ?? false,
};

/** A schema, or a list of names. */
const schemaOrNames: SpecialShape = {
  parts: [schema, { number: 2, name: "names", repeated: true, type: "string" }],
  isWholeList: false,
  toParts: (value) => (Array.isArray(value) ? { names: value } : { schema: value }),
  fromParts: (parts) => parts["schema"] ?? parts["names"] ?? [],
};

const byField = new Map<string, SpecialShape>([
  ["meta.v1.APIResource.verbs", items],
  [`${schemaName}.items`, schemaOrArray],
  [`${schemaName}.additionalItems`, schemaOrBool],
  [`${schemaName}.additionalProperties`, schemaOrBool],
  [`${schemaName}.dependencies`, schemaOrNames],
]);

/** The shape of a field's values when it is a special one. */
export function specialShape(message: string, field: CompiledField): SpecialShape | undefined {
  return field.type === "stringList" ? items : byField.get(`${message}.${field.name}`);
}
