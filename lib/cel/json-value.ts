import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { CelMessage, propertyOf } from "./messages.ts";

/** The JSON of a value that an expression has made. @throws TypeError for values that have none. */
export function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value) || value instanceof Set) return [...value].map(jsonOf);
  if (value instanceof CelMessage) return recordOf([...value].map(([field, member]) => [propertyOf(field), member]));
  if (value instanceof Map) return recordOf(value);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof UnsignedInt) return Number(value.valueOf());
  if (value instanceof Duration) return `${Number(value.valueOf()) / 1000}s`;
  if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
    return recordOf(Object.entries(value));
  throw new TypeError(`unsupported conversion of ${value.constructor.name} to JSON`);
}

function recordOf(members: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
  return Object.fromEntries([...members].map(([name, member]) => [String(name), jsonOf(member)]));
}
