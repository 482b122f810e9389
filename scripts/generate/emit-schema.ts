import { type DescField, type DescMessage, type FileRegistry, ScalarType } from "@bufbuild/protobuf";
import { packageRoot, type Rules, type RuleValues } from "./rules.ts";

const declarations = `/** How a value stands in JSON. */
export type FieldType =
  | "string" | "int32" | "int64" | "uint32" | "double" | "bool" | "rawBytes"
  | "message"
  | "quantity" | "time" | "microTime" | "duration" | "bytes"
  | "json" | "intOrString" | "stringList";

/** One field of a message, as its contract says. */
export interface FieldSchema {
  /** Name in JSON and in TypeScript. */
  readonly name: string;
  /** Number in our protobuf encoding. */
  readonly number: number;
  readonly type: FieldType;
  /** Key into \`messages\`, for type \`message\`. */
  readonly message?: string;
  readonly repeated?: true;
  /** A map from strings. */
  readonly map?: true;
  readonly required?: true;
  /** Absent differs from zero. */
  readonly pointer?: true;
  /** Not written when empty. */
  readonly omitEmpty?: true;
  readonly enum?: readonly string[];
  readonly patchMergeKey?: string;
  readonly patchStrategy?: string;
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
  readonly mapType?: "atomic" | "granular";
  /** The default, as JSON. */
  readonly default?: string;
  readonly immutable?: true;
  /** Path of numbers in Kubernetes' own protobuf, where it differs from \`number\`. */
  readonly wirePath?: string;
  readonly doc?: string;
}

export interface MessageSchema {
  /** Key in \`messages\`: \`core.v1.Pod\`. */
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  readonly doc?: string;
}

/** A kind that is served as a resource. */
export interface ResourceSchema {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  readonly selectableFields: readonly string[];
  /** Key of the kind in \`messages\`. */
  readonly message: string;
}
`;

/** `gen/schema.ts`: every message and every resource of the contracts as data, for code that works on all kinds alike. */
export function emitSchema(registry: FileRegistry, rules: Rules): string {
  const lines = ["// Generated from proto/ by scripts/generate. Do not edit.", "", declarations];
  lines.push(
    "/** All resources, by group, version and plural. */",
    "export const resources: readonly ResourceSchema[] = [",
  );
  const messages = ownMessages(registry).filter((message) => !rules.plain(message));
  for (const message of messages) {
    const resource = rules.resource(message);
    if (resource) lines.push(`  ${JSON.stringify(resourceSchema(message, resource))},`);
  }
  lines.push("];", "", "/** All messages, by name without `typernetes.`: `core.v1.Pod`. */");
  lines.push("export const messages: Readonly<Record<string, MessageSchema>> = {");
  for (const message of messages) {
    const doc = comment(message);
    lines.push(
      `  ${JSON.stringify(shortName(message))}: { name: ${JSON.stringify(shortName(message))}, ${doc ? `doc: ${JSON.stringify(doc)}, ` : ""}fields: [`,
    );
    for (const field of message.fields) lines.push(`    ${JSON.stringify(fieldSchema(field, rules))},`);
    lines.push("  ] },");
  }
  lines.push("};", "");
  return lines.join("\n");
}

/** Every message of this project's packages, in file order. */
export function ownMessages(registry: FileRegistry): DescMessage[] {
  const own: DescMessage[] = [];
  for (const type of registry) {
    if (type.kind === "message" && type.typeName.startsWith(packageRoot) && !type.file.name.endsWith("meta/v1/rules"))
      own.push(type);
  }
  return own;
}

export function shortName(message: DescMessage): string {
  return message.typeName.slice(packageRoot.length);
}

function resourceSchema(message: DescMessage, rule: RuleValues): object {
  return {
    group: rule["group"] ?? "",
    version: rule["version"],
    kind: message.name,
    plural: rule["plural"],
    singular: rule["singular"],
    namespaced: rule["clusterScoped"] !== true,
    shortNames: rule["shortNames"] ?? [],
    categories: rule["categories"] ?? [],
    verbs: rule["verbs"] ?? [],
    subresources: rule["subresources"] ?? [],
    selectableFields: rule["selectableFields"] ?? [],
    message: shortName(message),
  };
}

function fieldSchema(field: DescField, rules: Rules): object {
  const { format, ...rest } = rules.field(field);
  const doc = comment(field);
  return {
    name: field.jsonName === camelOf(field.name) ? field.name : field.jsonName,
    number: field.number,
    ...fieldType(field, rules, typeof format === "string" ? format : undefined),
    ...(field.fieldKind === "list" ? { repeated: true } : {}),
    ...(field.fieldKind === "map" ? { map: true } : {}),
    ...rest,
    ...(doc ? { doc } : {}),
  };
}

/** The JSON name that protobuf derives when none is given. */
function camelOf(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/_/g, "");
}

const formats: Record<string, string> = {
  QUANTITY: "quantity",
  TIME: "time",
  MICRO_TIME: "microTime",
  DURATION: "duration",
  BYTES: "bytes",
};
const plainTypes: Record<string, string> = {
  PLAIN_JSON: "json",
  PLAIN_INT_OR_STRING: "intOrString",
  PLAIN_STRING_LIST: "stringList",
};

function fieldType(field: DescField, rules: Rules, format: string | undefined): object {
  if (format) return { type: formats[format] };
  const message = field.message;
  if (message) {
    const plain = rules.plain(message);
    return plain ? { type: plainTypes[plain] } : { type: "message", message: shortName(message) };
  }
  const scalar = field.scalar;
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.INT32:
      return { type: "int32" };
    case ScalarType.INT64:
      return { type: "int64" };
    case ScalarType.UINT32:
      return { type: "uint32" };
    case ScalarType.DOUBLE:
      return { type: "double" };
    case ScalarType.BOOL:
      return { type: "bool" };
    case ScalarType.BYTES:
      return { type: "rawBytes" };
    default:
      throw new Error(`${field.parent.typeName}.${field.name}: no JSON form for its type`);
  }
}

/** The comment above a message or field, as one paragraph. */
function comment(desc: DescMessage | DescField): string | undefined {
  const path = sourcePath(desc).join(",");
  const file = desc.kind === "message" ? desc.file : desc.parent.file;
  const location = file.proto.sourceCodeInfo?.location.find((candidate) => candidate.path.join(",") === path);
  return location?.leadingComments?.trim().replace(/\s*\n\s*/g, " ") || undefined;
}

function sourcePath(desc: DescMessage | DescField): number[] {
  if (desc.kind === "message") {
    if (desc.parent) return [...sourcePath(desc.parent), 3, desc.parent.nestedMessages.indexOf(desc)];
    return [4, desc.file.messages.indexOf(desc)];
  }
  return [...sourcePath(desc.parent), 2, desc.parent.fields.indexOf(desc)];
}
