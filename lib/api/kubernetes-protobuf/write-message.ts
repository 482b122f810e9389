import { isRecord, type JsonRecord } from "../records.ts";
import { wireTypes } from "../wire.ts";
import type { BackwardWriter } from "./backward-writer.ts";
import type { FieldPlan, MessagePlan } from "./message-plan.ts";

const nothing: JsonRecord = {};
/** Of the key of a map's entry: field 1. */
const keyTag = 8 + wireTypes.bytes;
/** The field number of the value of a map's entry. */
const valueNumber = 2;

/** Writes the fields of a message, in the order of their numbers, without length and tag. */
export function writeMessage(writer: BackwardWriter, plan: MessagePlan, object: JsonRecord): void {
  const { fields } = plan;
  for (let index = fields.length - 1; index >= 0; index--) {
    const field = fields[index];
    if (field) writeField(writer, field, object);
  }
}

function writeField(writer: BackwardWriter, field: FieldPlan, object: JsonRecord): void {
  const value = field.isInlined ? object : object[field.name];
  if (value === undefined || value === null) {
    if (!field.writesZero) return;
    writeValue(writer, field, undefined);
    writer.varint(field.tag);
  } else if (field.container === "none") {
    writeValue(writer, field, value);
    writer.varint(field.tag);
  } else if (field.container === "list") {
    if (Array.isArray(value)) writeList(writer, field, value);
  } else if (isRecord(value)) writeMap(writer, field, value);
}

function writeList(writer: BackwardWriter, field: FieldPlan, list: readonly unknown[]): void {
  for (let index = list.length - 1; index >= 0; index--) {
    writeValue(writer, field, list[index]);
    writer.varint(field.tag);
  }
}

/** The entries in the order of their keys, as Go writes them. */
function writeMap(writer: BackwardWriter, field: FieldPlan, map: JsonRecord): void {
  const keys = Object.keys(map);
  if (keys.length > 1) keys.sort();
  const valueTag = valueNumber * 8 + (field.scalar?.wireType ?? wireTypes.bytes);
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index] ?? "";
    const end = writer.length;
    writeValue(writer, field, map[key]);
    writer.varint(valueTag);
    writer.text(key);
    writer.varint(keyTag);
    writer.varint(writer.length - end);
    writer.varint(field.tag);
  }
}

/** A value with its length, when it has one; undefined is the zero of the field's type. */
function writeValue(writer: BackwardWriter, field: FieldPlan, value: unknown): void {
  const { scalar, message } = field;
  if (scalar) scalar.write(writer, value);
  else if (message) {
    const parts = field.special ? field.special.toParts(value) : value;
    const end = writer.length;
    writeMessage(writer, message, isRecord(parts) ? parts : nothing);
    writer.varint(writer.length - end);
  }
}
