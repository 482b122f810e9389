import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { isRecord } from "../api/records.ts";

const keyless = () => undefined;

/** Finds, for an element of a list, the element that it was before: by its keys. Other lists have no such order. */
export function correlate(schema: JSONSchemaProps, old: unknown): (element: unknown) => unknown {
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map") return keyless;
  const keyOf = mapKey(schema);
  const before = new Map<string, unknown>();
  for (const element of old) {
    const key = keyOf(element);
    if (key !== undefined && !before.has(key)) before.set(key, element);
  }
  return (element) => {
    const key = keyOf(element);
    return key === undefined ? undefined : before.get(key);
  };
}

/** The key of an element of a list that is a map; undefined when it is no object. */
export function mapKey(schema: JSONSchemaProps): (element: unknown) => string | undefined {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return (element) => (isRecord(element) ? JSON.stringify(keys.map((key) => element[key] ?? null)) : undefined);
}
