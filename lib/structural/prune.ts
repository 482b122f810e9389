import { isRecord, type JsonRecord } from "../api/records.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Members that objects and embedded objects have whatever their schema says. */
const ofEveryObject: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Removes, in place, what the schema does not name, and nulls that say nothing. Calls `removed` with the path of each member that goes. */
export function prune(object: JsonRecord, schema: StructuralSchema, removed?: (path: string) => void): void {
  new Pruning(removed).object(object, schema, "", true);
}

class Pruning {
  readonly #removed: ((path: string) => void) | undefined;

  constructor(removed: ((path: string) => void) | undefined) {
    this.#removed = removed;
  }

  object(object: JsonRecord, schema: StructuralSchema, path: string, isResource: boolean): void {
    for (const key of Object.keys(object)) {
      if (isResource && ofEveryObject.has(key)) continue;
      const { additionalProperties } = schema;
      const member = schema.properties.get(key) ?? (typeof additionalProperties === "object" && additionalProperties);
      if (member) {
        if (isNullToDrop(object[key], member)) delete object[key];
        else this.#value(object[key], member, join(path, key));
      } else if (schema.preservesUnknown || additionalProperties === true) continue;
      else {
        delete object[key];
        this.#removed?.(join(path, key));
      }
    }
  }

  #value(value: unknown, schema: StructuralSchema, path: string): void {
    if (isRecord(value)) this.object(value, schema, path, schema.isEmbedded);
    else if (Array.isArray(value) && schema.items)
      for (const [index, item] of value.entries()) this.#value(item, schema.items, `${path}[${index}]`);
  }
}

/** A null where null may not stand is no value; where there is a default, that takes its place later. */
function isNullToDrop(value: unknown, schema: StructuralSchema): boolean {
  return value === null && !schema.isNullable && !schema.hasDefault;
}

function join(path: string, key: string): string {
  return path ? `${path}.${key}` : key;
}
