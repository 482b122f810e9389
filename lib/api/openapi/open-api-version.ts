import type { JsonRecord } from "../records.ts";

/** Which form of OpenAPI a schema is written in. */
export type OpenApiVersion = 2 | 3;

const roots = { 2: "#/definitions/", 3: "#/components/schemas/" } as const;

/** A reference to a definition. */
export function reference(name: string, version: OpenApiVersion): { $ref: string } {
  return { $ref: roots[version] + name };
}

/** The names of all definitions that a part of a document refers to. */
export function referencedNames(part: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(part)) for (const item of part) referencedNames(item, names);
  else if (typeof part === "object" && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      if (key === "$ref" && typeof value === "string") addName(value, names);
      else referencedNames(value, names);
    }
  }
  return names;
}

function addName(target: string, names: Set<string>): void {
  for (const root of Object.values(roots)) if (target.startsWith(root)) names.add(target.slice(root.length));
}

/** A record with its members in the order of their names, as Kubernetes writes it. */
export function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  // Without a prototype, so that a member may be called `__proto__`.
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of [...entries].sort(([left], [right]) => (left < right ? -1 : 1))) record[name] = value;
  return record;
}

/** A definition or part of one. */
export type SchemaObject = JsonRecord;
