import { type CompiledField, type CompiledMessage, compiledMessage } from "./compiled-schema.ts";
import { isRecord, type JsonRecord } from "./records.ts";

/**
 * Brings an object into the one form that Kubernetes would write, in place: zero values and empty collections that are
 * not written when empty go, fields that are always written get their zero value, null is absent. Whichever door an
 * object came through, it is the same afterwards.
 */
export function normalise(messageName: string, object: object): void {
  if (isRecord(object)) normaliseMessage(compiledMessage(messageName), object);
}

/** As `normalise`, for a message compiled already. */
function normaliseMessage(message: CompiledMessage, object: JsonRecord): void {
  for (const key in object) {
    const value = object[key];
    if (value === undefined || isFullScalar(value)) continue;
    const field = message.fields.get(key);
    if (value === null || (field?.dropsZero && isZero(value))) delete object[key];
    else if (field?.message && typeof value === "object") normaliseValue(field, field.message, value);
  }
  fillAlwaysWritten(message, object);
}

function normaliseValue(field: CompiledField, message: CompiledMessage, value: object): void {
  if (field.repeated) {
    if (Array.isArray(value)) for (const item of value) if (isRecord(item)) normaliseMessage(message, item);
  } else if (isRecord(value)) {
    if (!field.map) normaliseMessage(message, value);
    else for (const key in value) normaliseEntry(message, value[key]);
  }
}

function normaliseEntry(message: CompiledMessage, value: unknown): void {
  if (isRecord(value)) normaliseMessage(message, value);
}

/** As nearly all values are; in any field such a one stays as it is. */
function isFullScalar(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : typeof value === "number" ? value !== 0 : value === true;
}

/** Whether a value is zero or has nothing in it. */
export function isZero(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

/** Gives fields that are always written, and are absent, their zero value. */
export function fillAlwaysWritten(message: CompiledMessage, object: JsonRecord): void {
  const fields = message.alwaysWritten;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index];
    if (field && object[field.name] === undefined) object[field.name] = zeroOf(field);
  }
}

function zeroOf(field: CompiledField): unknown {
  if (field.repeated) return [];
  if (field.map) return {};
  return zeroItem(field);
}

/** The zero value of one element of a field. */
export function zeroItem(field: CompiledField): unknown {
  switch (field.type) {
    case "message": {
      const empty: JsonRecord = {};
      if (field.message) fillAlwaysWritten(field.message, empty);
      return empty;
    }
    case "quantity":
      return "0";
    case "duration":
      return "0s";
    case "string":
    case "bytes":
      return "";
    case "bool":
      return false;
    case "stringList":
      return [];
    case "rawBytes":
      return new Uint8Array();
    case "time":
    case "microTime":
    case "json":
      return null;
    default:
      return 0;
  }
}
