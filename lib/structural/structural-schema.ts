import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isRecord } from "../api/records.ts";

/** A definition's schema as every walk over objects wants it: each node with what may be in it at hand. */
export interface StructuralSchema {
  /** The node as its author wrote it. */
  readonly source: JSONSchemaProps;
  /** Empty where any type may stand. */
  readonly type: string;
  readonly properties: ReadonlyMap<string, StructuralSchema>;
  /** Of lists. */
  readonly items: StructuralSchema | undefined;
  /** Of maps; `true` when any member may be there without a schema of its own. */
  readonly additionalProperties: StructuralSchema | boolean;
  readonly preservesUnknown: boolean;
  readonly isEmbedded: boolean;
  readonly isIntOrString: boolean;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** Whether anything in or below has a default. */
  readonly defaultsBelow: boolean;
  /** Whether anything in or below has rules in CEL. */
  readonly rulesBelow: boolean;
}

const none: ReadonlyMap<string, StructuralSchema> = new Map();

/** The schema of a version; one that takes anything when there is none. */
export function structuralSchema(source: JSONSchemaProps | undefined): StructuralSchema {
  return compile(source ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true });
}

function compile(source: JSONSchemaProps): StructuralSchema {
  const properties = source.properties
    ? new Map(Object.entries(source.properties).map(([name, property]) => [name, compile(property)]))
    : none;
  const items = isRecord(source.items) ? compile(source.items) : undefined;
  const { additionalProperties: additional } = source;
  const additionalProperties = isRecord(additional) ? compile(additional) : additional === true;
  const below = [...properties.values(), items, additionalProperties].filter((node) => typeof node === "object");
  const hasDefault = source.default !== undefined;
  return {
    source,
    type: source.type ?? "",
    properties,
    items,
    additionalProperties,
    preservesUnknown: source["x-kubernetes-preserve-unknown-fields"] === true,
    isEmbedded: source["x-kubernetes-embedded-resource"] === true,
    isIntOrString: source["x-kubernetes-int-or-string"] === true,
    isNullable: source.nullable === true,
    hasDefault,
    defaultsBelow: hasDefault || below.some((node) => node.defaultsBelow),
    rulesBelow: (source["x-kubernetes-validations"]?.length ?? 0) > 0 || below.some((node) => node.rulesBelow),
  };
}
