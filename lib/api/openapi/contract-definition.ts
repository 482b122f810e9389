import { type FieldSchema, type FieldType, type MessageSchema, messages } from "../../../gen/schema.ts";
import { isAtomicMessage, isGranularField } from "../managed-fields/atomic-messages.ts";
import { definitionName, messageOfDefinition, plainNames } from "./definition-names.ts";
import { groupVersionKinds } from "./group-version-kinds.ts";
import { type OpenApiVersion, reference, type SchemaObject, sorted } from "./open-api-version.ts";
import { plainDefinition } from "./plain-definitions.ts";
import { isRequiredField } from "./required-fields.ts";

/** A definition by its name in Kubernetes; undefined when neither the contracts nor Kubernetes' plain types have it. */
export function contractDefinition(name: string, version: OpenApiVersion): SchemaObject | undefined {
  const message = messageOfDefinition(name);
  if (message === "meta.v1.Patch") return { description: "A patch in one of its formats.", type: "object" };
  const schema = message === undefined ? undefined : messages[message];
  return schema ? definitionOf(schema, version) : plainDefinition(name, version);
}

function definitionOf(schema: MessageSchema, version: OpenApiVersion): SchemaObject {
  const { fields, doc, name } = schema;
  const kinds = groupVersionKinds(name);
  const union = unions[name];
  const required = fields.filter((field) => isRequiredField(field, name)).map((field) => field.name);
  return {
    ...(doc && { description: doc }),
    ...(fields.length > 0 && {
      properties: sorted(fields.map((field) => [field.name, propertyOf(field, name, version)] as const)),
    }),
    ...(required.length > 0 && { required: required.sort() }),
    type: "object",
    ...(isAtomicMessage(name) && { "x-kubernetes-map-type": "atomic" }),
    ...(kinds.length > 0 && { "x-kubernetes-group-version-kind": kinds }),
    ...(union && { "x-kubernetes-unions": [union] }),
  };
}

function unionOf(discriminator: string, ...names: readonly string[]): SchemaObject {
  const members = names.map((name) => [name, name.charAt(0).toUpperCase() + name.slice(1)] as const);
  return { discriminator, "fields-to-discriminateBy": Object.fromEntries(members) };
}

/** Messages of which one field says which one of the others is set. */
const unions: Readonly<Record<string, SchemaObject>> = {
  "core.v1.AppArmorProfile": unionOf("type", "localhostProfile"),
  "core.v1.SeccompProfile": unionOf("type", "localhostProfile"),
  "flowcontrol.v1.LimitResponse": unionOf("type", "queuing"),
  "flowcontrol.v1.PriorityLevelConfigurationSpec": unionOf("type", "exempt", "limited"),
  "flowcontrol.v1.Subject": unionOf("kind", "group", "serviceAccount", "user"),
};

function propertyOf(field: FieldSchema, owner: string, version: OpenApiVersion): SchemaObject {
  const about = { ...(field.doc && { description: field.doc }), ...extensionsOf(field, owner) };
  if (field.repeated) return { ...about, items: schemaOf(field, owner, version, true), type: "array" };
  if (field.map) return { ...about, additionalProperties: schemaOf(field, owner, version, true), type: "object" };
  return { ...schemaOf(field, owner, version, false), ...about };
}

/** What stands in a field, or in each of the members of one. */
function schemaOf(field: FieldSchema, owner: string, version: OpenApiVersion, isMember: boolean): SchemaObject {
  const target = targetOf(field, owner);
  const fallback = version === 3 ? defaultOf(field, target !== undefined, isMember) : undefined;
  const found = fallback === undefined ? {} : { default: fallback };
  if (target === undefined) return { ...found, ...scalarOf(field) };
  const ref = reference(target, version);
  // What stands beside a reference counts for nothing in OpenAPI 3.
  return version === 3 && !(isMember && fallback === undefined) ? { ...found, allOf: [ref] } : ref;
}

/** Types that stand for a definition of their own. */
const plainTypes: Partial<Record<FieldType, string>> = {
  quantity: plainNames.quantity,
  intOrString: plainNames.intOrString,
  time: plainNames.time,
  microTime: plainNames.microTime,
  duration: plainNames.duration,
};

/** Fields of any JSON that Kubernetes gives a type; the others are objects of any kind. */
const jsonTypes: Readonly<Record<string, string>> = {
  "meta.v1.ManagedFieldsEntry.fieldsV1": plainNames.fieldsV1,
  "apiextensions.v1.JSONSchemaProps.default": plainNames.json,
  "apiextensions.v1.JSONSchemaProps.enum": plainNames.json,
  "apiextensions.v1.JSONSchemaProps.example": plainNames.json,
  "apiextensions.v1.JSONSchemaProps.items": plainNames.schemaOrArray,
  "apiextensions.v1.JSONSchemaProps.additionalProperties": plainNames.schemaOrBool,
  "apiextensions.v1.JSONSchemaProps.additionalItems": plainNames.schemaOrBool,
  "apiextensions.v1.JSONSchemaProps.dependencies": plainNames.schemaOrStrings,
};

/** The name of the definition that describes a field's values; undefined when they need none. */
function targetOf(field: FieldSchema, owner: string): string | undefined {
  if (field.message !== undefined) return definitionName(field.message);
  if (field.type === "json") return jsonTypes[`${owner}.${field.name}`] ?? plainNames.rawExtension;
  return plainTypes[field.type];
}

function scalarOf({ type, enum: values }: FieldSchema): SchemaObject {
  switch (type) {
    case "int32":
    case "int64":
      return { format: type, type: "integer" };
    case "uint32":
      return { format: "int64", type: "integer" };
    case "double":
      return { format: "double", type: "number" };
    case "bool":
      return { type: "boolean" };
    case "bytes":
    case "rawBytes":
      return { format: "byte", type: "string" };
    case "stringList":
      return { items: { type: "string" }, type: "array" };
    default:
      return { ...(values && { enum: [...values].sort() }), type: "string" };
  }
}

/** The default of a value: the contract's, or the zero that Kubernetes writes when nothing is given. */
function defaultOf(field: FieldSchema, isReference: boolean, isMember: boolean): unknown {
  if (!isMember && field.default !== undefined) return JSON.parse(field.default);
  if (isReference) return field.message === undefined || (field.pointer && !isMember) ? undefined : {};
  if (isMember) return zeroOf(field);
  return field.pointer || field.omitEmpty ? undefined : zeroOf(field);
}

function zeroOf({ type }: FieldSchema): unknown {
  switch (type) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "uint32":
    case "double":
      return 0;
    default:
      return undefined;
  }
}

function extensionsOf(field: FieldSchema, owner: string): SchemaObject {
  const { listMapKeys, listType, mapType, patchMergeKey, patchStrategy, message } = field;
  const granular = message !== undefined && isGranularField(owner, field.name) ? "granular" : undefined;
  // A message that is owned as a whole says so itself.
  const ofMap = granular ?? (message !== undefined && isAtomicMessage(message) ? undefined : mapType);
  return {
    ...(listMapKeys && { "x-kubernetes-list-map-keys": [...listMapKeys] }),
    ...(listType && { "x-kubernetes-list-type": listType }),
    ...(ofMap && { "x-kubernetes-map-type": ofMap }),
    ...(patchMergeKey && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(patchStrategy && { "x-kubernetes-patch-strategy": patchStrategy }),
  };
}
