import type { JSONSchemaProps } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { definitionName } from "./definition-names.ts";
import type { GroupVersionKind } from "./group-version-kinds.ts";
import { type OpenApiVersion, reference, type SchemaObject, sorted } from "./open-api-version.ts";

const apiVersion = {
  description: "APIVersion defines in which group and version the object is written.",
  type: "string",
};
const kind = { description: "Kind says what the object is.", type: "string" };
const preserve = "x-kubernetes-preserve-unknown-fields";
const embedded = "x-kubernetes-embedded-resource";

/**
 * The definition of a custom kind. In v2 it is what old clients understand: a kind that has no schema, or that takes
 * unknown fields, says nothing of its fields, as such clients would refuse all others.
 */
export function customDefinition(
  source: JSONSchemaProps | undefined,
  groupVersionKind: GroupVersionKind,
  version: OpenApiVersion,
): SchemaObject {
  const saysAll = source && !(version === 2 && source[preserve] === true);
  return {
    ...(saysAll ? wholeObject(source, version) : { type: "object" }),
    "x-kubernetes-group-version-kind": [{ ...groupVersionKind }],
  };
}

/** The definition of a list of a custom kind. */
export function customListDefinition(
  item: string,
  groupVersionKind: GroupVersionKind,
  version: OpenApiVersion,
): SchemaObject {
  const description = `The objects, each a ${item}.`;
  return {
    description: `${groupVersionKind.kind} is a list of objects.`,
    properties: {
      apiVersion,
      items: { description, items: reference(item, version), type: "array" },
      kind,
      metadata: about("meta.v1.ListMeta", "About the list.", version),
    },
    required: ["items"],
    type: "object",
    "x-kubernetes-group-version-kind": [{ ...groupVersionKind }],
  };
}

function wholeObject(source: JSONSchemaProps, version: OpenApiVersion): SchemaObject {
  const root = version === 2 ? reduced(source) : { ...source };
  return withMetadata(convert(root, version), version);
}

function withMetadata(schema: JsonRecord, version: OpenApiVersion): SchemaObject {
  const { properties } = schema;
  const metadata = about("meta.v1.ObjectMeta", "Standard object's metadata: name, labels and so on.", version);
  const own = isRecord(properties) ? properties : {};
  return { ...schema, properties: sorted(Object.entries({ ...own, apiVersion, kind, metadata })) };
}

function about(message: string, description: string, version: OpenApiVersion): SchemaObject {
  const ref = reference(definitionName(message), version);
  return version === 2 ? { description, ...ref } : { allOf: [ref], description };
}

/** A node with everything in it. */
function convert(node: JSONSchemaProps, version: OpenApiVersion): JsonRecord {
  const { properties, items, additionalProperties, ...rest } = node;
  const inner = (child: JSONSchemaProps) => convert(version === 2 ? reduced(child) : child, version);
  const converted: JsonRecord = {
    ...rest,
    ...(properties && {
      properties: sorted(Object.entries(properties).map(([name, child]) => [name, inner(child)] as const)),
    }),
    ...(isRecord(items) && { items: inner(items) }),
    ...(isRecord(additionalProperties)
      ? { additionalProperties: inner(additionalProperties) }
      : additionalProperties !== undefined && { additionalProperties }),
  };
  if (version === 3 && node["x-kubernetes-int-or-string"] === true && !node.anyOf && !node.type)
    converted["oneOf"] ??= [{ type: "integer" }, { type: "string" }];
  return isEmbedded(node, version) ? requireKind(withMetadata(converted, version)) : converted;
}

/** In v2, an object that may have other fields too must not name any. */
function isEmbedded(node: JSONSchemaProps, version: OpenApiVersion): boolean {
  return node[embedded] === true && !(version === 2 && node[preserve] === true);
}

function requireKind(schema: JsonRecord): JsonRecord {
  const { required } = schema;
  const names = new Set<unknown>(Array.isArray(required) ? required : []);
  return { ...schema, required: [...names.add("kind").add("apiVersion")] };
}

/** A node without what v2 does not have, and without what its clients would misunderstand. */
function reduced(node: JSONSchemaProps): JSONSchemaProps {
  const { allOf: _all, oneOf: _one, anyOf: _any, not: _not, nullable, ...rest } = node;
  const kept: JSONSchemaProps = rest;
  if (nullable || kept[preserve] === true) {
    delete kept.items;
    delete kept.properties;
  }
  const isOpenObject = kept[preserve] === true && kept.type === "object";
  if (nullable || isOpenObject || (kept.type === "array" && !isRecord(kept.items))) delete kept.type;
  const required = kept.required?.filter((name) => kept.properties?.[name]?.nullable !== true);
  const { additionalProperties } = kept;
  if (!required?.length || (isRecord(additionalProperties) && additionalProperties["nullable"] === true))
    delete kept.required;
  else kept.required = required;
  return kept;
}
