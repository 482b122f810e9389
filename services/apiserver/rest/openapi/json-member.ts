import type { JsonRecord } from "../../../../lib/api/records.ts";

/** A member of an object, as JSON. */
export function member(name: string, value: JsonRecord): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
