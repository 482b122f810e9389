import { setEntry } from "../../../gen/plain-values.ts";
import { fillAlwaysWritten, isZero, zeroItem } from "../normalise.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { wireTypes } from "../wire.ts";
import type { FieldPlan, MessagePlan } from "./message-plan.ts";
import type { MessageReader } from "./message-reader.ts";

const tagMax = 2 ** 32 - 1;
const keyTag = 8 + wireTypes.bytes;

/**
 * Reads a message up to `end` into `object`, in the normalised form. Fields that the contract does not know are skipped.
 * @throws RangeError at broken bytes
 */
export function readMessage(reader: MessageReader, plan: MessagePlan, end: number, object: JsonRecord): void {
  reader.enter();
  while (reader.position < end) {
    const tag = reader.varint();
    if (tag < 8 || tag > tagMax) throw new RangeError(`broken protobuf: tag ${tag}`);
    const field = plan.byNumber[tag >>> 3];
    if (field === undefined) reader.skip(tag);
    else readField(reader, plan, field, tag, object);
  }
  if (reader.position !== end) throw new RangeError("broken protobuf: a field is longer than its message");
  reader.leave();
  if (plan.contract) fillAlwaysWritten(plan.contract, object);
}

function readField(reader: MessageReader, plan: MessagePlan, field: FieldPlan, tag: number, object: JsonRecord): void {
  if (tag !== field.tag) readPacked(reader, plan, field, tag, object);
  else if (field.isInlined) readValue(reader, field, object);
  else if (field.container === "list") pushItem(field, object, readValue(reader, field, undefined));
  else if (field.container === "map") readEntry(reader, field, object);
  else setValue(field, object, readValue(reader, field, field.message && object[field.name]));
}

function setValue(field: FieldPlan, object: JsonRecord, value: unknown): void {
  if (value !== undefined && !(field.dropsZero && isZero(value))) object[field.name] = value;
  else if (object[field.name] !== undefined) delete object[field.name];
}

function pushItem(field: FieldPlan, object: JsonRecord, item: unknown): void {
  const value = item === undefined && field.contract ? zeroItem(field.contract) : item;
  const list = object[field.name];
  if (Array.isArray(list)) list.push(value);
  else object[field.name] = [value];
}

/** Numbers of a list may come in one piece, whoever wrote them. */
function readPacked(reader: MessageReader, plan: MessagePlan, field: FieldPlan, tag: number, object: JsonRecord): void {
  const isPackable = field.container === "list" && field.scalar && field.scalar.wireType !== wireTypes.bytes;
  if (!isPackable || (tag & 7) !== wireTypes.bytes)
    throw new RangeError(`broken protobuf: field ${field.name} of ${plan.name} with wire type ${tag & 7}`);
  const end = reader.valueEnd();
  while (reader.position < end) pushItem(field, object, readValue(reader, field, undefined));
}

function readEntry(reader: MessageReader, field: FieldPlan, object: JsonRecord): void {
  const end = reader.valueEnd();
  const valueTag = 16 + (field.scalar?.wireType ?? wireTypes.bytes);
  let key = "";
  let value: unknown;
  while (reader.position < end) {
    const tag = reader.varint();
    if (tag === keyTag) key = reader.text();
    else if (tag === valueTag) value = readValue(reader, field, value);
    else reader.skip(tag);
  }
  if (reader.position !== end) throw new RangeError("broken protobuf: a field is longer than its message");
  if (value === undefined && field.contract) value = zeroItem(field.contract);
  const found = object[field.name];
  const map = isRecord(found) ? found : {};
  setEntry(map, key, value);
  object[field.name] = map;
}

/** A message that comes in several pieces grows: `existing` is what there is of it. */
function readValue(reader: MessageReader, field: FieldPlan, existing: unknown): unknown {
  const { scalar, message, special } = field;
  if (scalar) return scalar.read(reader);
  if (!message) return undefined;
  const value = isRecord(existing) && !special ? existing : {};
  readMessage(reader, message, reader.valueEnd(), value);
  return special ? special.fromParts(value) : value;
}
