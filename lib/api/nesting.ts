import { isRecord } from "./records.ts";

/** Free-form values nest no deeper: what walks through them calls itself for each level. */
const levelsMax = 500;

/** Whether lists and objects within each other go deeper than any value may. Calls itself no deeper than that. */
export function isTooDeep(value: unknown, levels = levelsMax): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels <= 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (isTooDeep(item, levels - 1)) return true;
  } else if (isRecord(value)) {
    for (const key in value) if (isTooDeep(value[key], levels - 1)) return true;
  }
  return false;
}
