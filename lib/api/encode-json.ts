import { setEntry } from "../../gen/plain-values.ts";
import type { ApiObject } from "./resource-info.ts";

/** The JSON of an object, its kind first. `space` is the indentation, none when absent. */
export function encodeJson(object: ApiObject, space?: number): string {
  const ordered: Record<string, unknown> = {
    kind: object.kind,
    apiVersion: object.apiVersion,
    metadata: object.metadata,
  };
  const members: Record<string, unknown> = Object(object);
  for (const name in members)
    if (name !== "kind" && name !== "apiVersion" && name !== "metadata") setEntry(ordered, name, members[name]);
  return JSON.stringify(ordered, undefined, space);
}
