import { setEntry } from "../../gen/plain-values.ts";
import type { ManagedFieldsEntry } from "../../gen/typernetes/meta/v1/object_meta.ts";
import type { ApiObject } from "./resource-info.ts";

/** The JSON of an object, its kind first. `space` is the indentation, none when absent. */
export function encodeJson(object: ApiObject, space?: number): string {
  const texts = space === undefined ? fieldsTexts(object.metadata?.managedFields) : undefined;
  const text = JSON.stringify(ordered(object, texts), undefined, space);
  return texts ? withTexts(text, texts) : text;
}

function ordered(object: ApiObject, texts: readonly string[] | undefined): object {
  const { kind, apiVersion, metadata } = object;
  const result: Record<string, unknown> = { kind, apiVersion, metadata };
  const members: Record<string, unknown> = Object(object);
  for (const name in members)
    if (name !== "kind" && name !== "apiVersion" && name !== "metadata") setEntry(result, name, members[name]);
  if (texts) {
    const managedFields = metadata?.managedFields?.map((entry) => ({ ...entry, fieldsV1: null }));
    result["metadata"] = { ...metadata, managedFields };
  }
  return result;
}

/** Shorter ones are made as fast as they are put in. */
const keptLengthMin = 500;
const keptTexts = new WeakMap<object, string>();

/** The texts of the fields of all owners where they are long and shared by many objects: they are made once. */
function fieldsTexts(owners: readonly ManagedFieldsEntry[] | undefined): string[] | undefined {
  const texts: string[] = [];
  for (const { fieldsV1 } of owners ?? []) {
    if (typeof fieldsV1 !== "object" || fieldsV1 === null || !Object.isFrozen(fieldsV1)) return undefined;
    let text = keptTexts.get(fieldsV1);
    if (text === undefined) {
      text = JSON.stringify(fieldsV1);
      keptTexts.set(fieldsV1, text);
    }
    texts.push(text);
  }
  return texts.some(({ length }) => length >= keptLengthMin) ? texts : undefined;
}

const field = '"fieldsV1":';
const nothing = "null";

/** Puts the texts in their places: the first that have nothing, for metadata comes first and has nothing of that name besides. */
function withTexts(json: string, texts: readonly string[]): string {
  let whole = "";
  let start = 0;
  for (const text of texts) {
    const end = json.indexOf(field + nothing, start) + field.length;
    whole += json.slice(start, end) + text;
    start = end + nothing.length;
  }
  return whole + json.slice(start);
}
