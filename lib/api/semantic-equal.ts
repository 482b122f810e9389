import { Quantity, QuantityError } from "../base/quantity.ts";
import { type CompiledField, type CompiledMessage, compiledMessage } from "./compiled-schema.ts";
import { deepEqual } from "./deep.ts";
import { isZero } from "./normalise.ts";
import { isRecord, type JsonRecord, ownMember } from "./records.ts";

/**
 * Whether two objects of a message mean the same: what is empty is absent, quantities are compared by amount, times by
 * instant.
 */
export function semanticEqual(messageName: string, left: unknown, right: unknown): boolean {
  return equalMessages(compiledMessage(messageName), left, right);
}

function equalMessages(message: CompiledMessage, left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const [one, other] = [recordOf(left), recordOf(right)];
  for (const key of Object.keys(one)) if (!equalMembers(message, key, one, other)) return false;
  for (const key of Object.keys(other))
    if (!Object.hasOwn(one, key) && !equalMembers(message, key, one, other)) return false;
  return true;
}

const none: JsonRecord = {};

function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : none;
}

function equalMembers(message: CompiledMessage, key: string, one: JsonRecord, other: JsonRecord): boolean {
  const [left, right] = [ownMember(one, key), ownMember(other, key)];
  const field = message.fields.get(key);
  return left === right || (field ? equalValues(field, left, right) : deepEqual(left, right));
}

function equalValues(field: CompiledField, left: unknown, right: unknown): boolean {
  const isStructure = field.message && !field.repeated && !field.map && !field.schema.pointer;
  if (isStructure) return equalMessages(field.message, left, right);
  if (isEmpty(left) || isEmpty(right))
    return isEmpty(left) && isEmpty(right) && (!field.schema.pointer || sameAbsence(left, right));
  if (Array.isArray(left) && Array.isArray(right) && field.repeated)
    return left.length === right.length && left.every((item, index) => equalItems(field, item, right[index]));
  if (field.map && isRecord(left) && isRecord(right)) return equalMaps(field, left, right);
  return equalItems(field, left, right);
}

/** A pointer to something empty is not the same as no pointer. */
function sameAbsence(left: unknown, right: unknown): boolean {
  return (left ?? null) === null ? (right ?? null) === null : (right ?? null) !== null;
}

function equalMaps(field: CompiledField, left: JsonRecord, right: JsonRecord): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equalItems(field, left[key], right[key]));
}

function equalItems(field: CompiledField, left: unknown, right: unknown): boolean {
  if (field.message) return equalMessages(field.message, left, right);
  if (typeof left !== "string" || typeof right !== "string") return deepEqual(left, right);
  if (field.type === "quantity") return equalQuantities(left, right);
  if (field.type === "time" || field.type === "microTime")
    return left === right || Date.parse(left) === Date.parse(right);
  return left === right;
}

function equalQuantities(left: string, right: string): boolean {
  if (left === right) return true;
  try {
    return Quantity.parse(left).equals(Quantity.parse(right));
  } catch (error) {
    if (error instanceof QuantityError) return false;
    throw error;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && isZero(value));
}
