import type { ApiObject } from "./resource-info.ts";

/** The JSON of an object, its kind first. `space` is the indentation, none when absent. */
export function encodeJson(object: ApiObject, space?: number): string {
  const { kind, apiVersion, metadata, ...rest } = object;
  return JSON.stringify({ kind, apiVersion, metadata, ...rest }, undefined, space);
}
