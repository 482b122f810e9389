import { isRecord, type JsonRecord } from "./records.ts";

export { deepFreeze } from "../base/plain-data.ts";

/** Whether two API values are the same; a key that is undefined counts as absent. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && equalBytes(left, right);
  if (isRecord(left)) return isRecord(right) && !(right instanceof Uint8Array) && equalObjects(left, right);
  return Number.isNaN(left) && Number.isNaN(right);
}

function equalLists(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (!deepEqual(left[index], right[index])) return false;
  return true;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

function equalObjects(left: Readonly<JsonRecord>, right: Readonly<JsonRecord>): boolean {
  let defined = 0;
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (value === undefined) continue;
    defined++;
    if (!Object.hasOwn(right, key) || !deepEqual(value, right[key])) return false;
  }
  for (const key of Object.keys(right)) if (right[key] !== undefined) defined--;
  return defined === 0;
}
