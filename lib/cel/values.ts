import { Optional } from "@marcbachmann/cel-js";
import { Duration } from "@marcbachmann/cel-js/evaluator";

/** A length of time. */
export function celDuration(milliseconds: number): unknown {
  return new Duration(BigInt(Math.trunc(milliseconds / 1000)), Math.round((milliseconds % 1000) * 1_000_000));
}

/** A value that may be absent: undefined is. */
export function celOptional(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** A JSON value as expressions see it: whole numbers are `int`, others `double`; members are read as they are. */
export function celValue(json: unknown): unknown {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(celValue);
  if (typeof json !== "object" || json === null) return json;
  const members: [string, unknown][] = [];
  for (const [name, value] of Object.entries(json)) if (value !== undefined) members.push([name, celValue(value)]);
  // A map, so that no member is taken for one that all objects inherit.
  return new Map(members);
}

const escapes: readonly (readonly [RegExp, string])[] = [
  [/__/g, "__underscores__"],
  [/\./g, "__dot__"],
  [/-/g, "__dash__"],
  [/\//g, "__slash__"],
];
const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return".split(" "),
);

/** How expressions name a property; undefined when they cannot. */
export function escapeProperty(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(name)) return undefined;
  return escapes.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), name);
}
