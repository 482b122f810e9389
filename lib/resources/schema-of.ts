import { type ResourceSchema, resources } from "../../gen/schema.ts";

/** The contract of a kind, by group (empty for the core group), version and plural. Throws when there is none. */
export function schemaOf(group: string, version: string, plural: string): ResourceSchema {
  const found = resources.find((it) => it.group === group && it.version === version && it.plural === plural);
  if (!found) throw new Error(`no contract for ${plural}.${version}.${group}`);
  return found;
}
