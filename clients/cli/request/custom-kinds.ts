import type { FieldSchema, FieldType, MessageSchema } from "../../../gen/schema.ts";
import type {
  CustomResourceColumnDefinition,
  JSONSchemaProps,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { ServedKind } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { type Codec, compareVersions, type ResourceInfo } from "../../../lib/api/resource-info.ts";
import { discoverKinds } from "../../../lib/client/served-kinds.ts";
import type { Context } from "../context.ts";

/** A kind that no contract tells of, as the server tells of it. */
interface CustomKind {
  readonly info: ResourceInfo;
  readonly columns: readonly CustomResourceColumnDefinition[];
  readonly schema: JSONSchemaProps;
}

/** What the server was last asked for; a command line asks at most once, and only when it names a kind without a contract. */
let kinds: readonly CustomKind[] | undefined;

/** The kinds without a contract that are known; none before the server was asked. */
export function customInfos(): ResourceInfo[] {
  return (kinds ?? []).map(({ info }) => info);
}

/** Asks the server for the kinds without a contract. They are known until the end of `context`: others have other servers. */
export async function loadCustomKinds(context: Context): Promise<void> {
  const { client } = await context.connect();
  const served = await discoverKinds(client, { customOnly: true, withSchemas: true }, context.call);
  kinds = served.map(kindOf).sort((a, b) => order(a.info, b.info));
  context.atEnd(() => {
    kinds = undefined;
  });
}

/** As `loadCustomKinds`, for commands that can do without a server: they say what is missing. */
export async function loadCustomKindsIfAny(context: Context): Promise<void> {
  try {
    await loadCustomKinds(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await context.note(`Warning: kinds that only the server knows are missing: ${reason}`);
  }
}

/** Whether a kind has no contract. */
export function isCustom(info: ResourceInfo): boolean {
  return info.message.startsWith(messagePrefix);
}

/** The columns of a kind without a contract; undefined for others. */
export function customColumnsOf(info: ResourceInfo): readonly CustomResourceColumnDefinition[] | undefined {
  return kinds?.find((kind) => kind.info === info)?.columns;
}

const messagePrefix = "custom:";

function order(a: ResourceInfo, b: ResourceInfo): number {
  return a.group === b.group ? compareVersions(a.version, b.version) : a.group < b.group ? -1 : 1;
}

/** Objects of these kinds travel as JSON. */
const noCodec: Codec<never> = {
  encode: () => {
    throw new TypeError("kinds without a contract have no encoding");
  },
  decode: () => {
    throw new TypeError("kinds without a contract have no encoding");
  },
};

function kindOf(served: ServedKind): CustomKind {
  const { group = "", version = "", kind = "", plural = "", singular = "", namespaced = false } = served;
  const { shortNames = [], categories = [], verbs = [], subresources = [], selectableFields = [] } = served;
  const info: ResourceInfo = {
    ...{ group, version, kind, plural, singular, namespaced },
    ...{ shortNames, categories, verbs, subresources, selectableFields },
    message: `${messagePrefix}${group}/${version}.${kind}`,
    apiVersion: `${group}/${version}`,
    qualifiedName: `${plural}.${group}`,
    storagePrefix: `/registry/${group}/${plural}/`,
    codec: noCodec,
    listCodec: undefined,
  };
  return { info, columns: served.columns ?? [], schema: served.schema ?? { type: "object" } };
}

/** What a custom kind, or a part of one, consists of, in the form of a contract; undefined when the name is not its. */
export function customMessage(name: string): MessageSchema | undefined {
  if (!name.startsWith(messagePrefix)) return undefined;
  const [kindName = "", ...steps] = name.split("#");
  const kind = kinds?.find(({ info }) => info.message === kindName);
  const schema = steps.reduce<JSONSchemaProps | undefined>(memberOf, kind?.schema);
  if (!schema) return undefined;
  const fields = Object.entries(schema.properties ?? {}).map(([field, property]) =>
    fieldOf(field, property, `${name}#${field}`, schema.required?.includes(field) ?? false),
  );
  const standard = steps.length > 0 ? [] : standardFields;
  const own = new Set(standard.map((field) => field.name));
  return { name, fields: [...standard, ...fields.filter((field) => !own.has(field.name))], ...docOf(schema) };
}

const standardFields: readonly FieldSchema[] = [
  {
    name: "apiVersion",
    number: 1001,
    type: "string",
    doc: "The group and the version in which the object is written.",
  },
  { name: "kind", number: 1002, type: "string", doc: "What the object is." },
  { name: "metadata", number: 1, type: "message", message: "meta.v1.ObjectMeta", doc: "What every object carries." },
];

function memberOf(schema: JSONSchemaProps | undefined, field: string): JSONSchemaProps | undefined {
  const property = schema?.properties?.[field];
  return property && elementOf(property);
}

/** The schema of an element of a list or a map, else the schema itself. */
function elementOf(schema: JSONSchemaProps): JSONSchemaProps {
  if (isRecord(schema.items)) return elementOf(schema.items);
  return isRecord(schema.additionalProperties) ? elementOf(schema.additionalProperties) : schema;
}

function fieldOf(name: string, property: JSONSchemaProps, message: string, required: boolean): FieldSchema {
  const element = elementOf(property);
  const isMessage = element.type === "object" && element.properties !== undefined;
  const names = element.enum?.map((value) => String(value));
  return {
    ...{ name, number: 0, type: isMessage ? "message" : typeOf(element) },
    ...(isMessage && { message }),
    ...(property.type === "array" && { repeated: true as const }),
    ...(property.type === "object" && element !== property && { map: true as const }),
    ...(required && { required: true as const }),
    ...(names && { enum: names }),
    ...docOf(property),
  };
}

function docOf({ description }: JSONSchemaProps): { doc?: string } {
  return description ? { doc: description } : {};
}

function typeOf(schema: JSONSchemaProps): FieldType {
  if (schema["x-kubernetes-int-or-string"]) return "intOrString";
  switch (schema.type) {
    case "integer":
      return "int64";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      return "json";
  }
}
