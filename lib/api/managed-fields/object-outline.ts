import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord, ownMember } from "../records.ts";
import { memberShape, takenApart } from "./compare.ts";
import type { ListShape, RecordShape, Shape } from "./shape.ts";

/** What of an object decides which places it sets: names, keys, and values that an object may have without being told. */
export type ObjectOutline = ValueOutline | RecordOutline | ListOutline;

interface ValueOutline {
  readonly kind: "value";
  /** The value, where it is a zero or made of zeros; undefined: any other one. */
  readonly zero: { readonly value: unknown } | undefined;
}

interface RecordOutline {
  readonly kind: "record";
  readonly names: readonly string[];
  readonly members: readonly ObjectOutline[];
}

interface ListOutline {
  readonly kind: "list";
  readonly shape: ListShape;
  readonly items: readonly ItemOutline[];
}

interface ItemOutline {
  /** What tells the item apart: its keys' values, or itself. */
  readonly identity: readonly unknown[];
  readonly outline: ObjectOutline;
}

/** The outline of a value of a shape. */
export function outlineOf(shape: Shape, value: unknown): ObjectOutline {
  const apart = takenApart(shape, value, undefined);
  if (apart?.kind === "record" && isRecord(value)) return recordOutline(apart, value);
  if (apart?.kind === "list" && Array.isArray(value)) return listOutline(apart, value);
  return { kind: "value", zero: isMadeOfZeros(value) ? { value: structuredClone(value) } : undefined };
}

function recordOutline(shape: RecordShape, record: JsonRecord): RecordOutline {
  const names = Object.keys(record).filter((name) => record[name] !== undefined);
  return { kind: "record", names, members: names.map((name) => outlineOf(memberShape(shape, name), record[name])) };
}

function listOutline(shape: ListShape, list: readonly unknown[]): ListOutline {
  const items = list.map((item) => ({
    identity: shape.type === "set" || !isRecord(item) ? [item] : shape.keys.map(({ name }) => ownMember(item, name)),
    outline: outlineOf(shape.element, item),
  }));
  return { kind: "list", shape, items };
}

/**
 * Whether a value has an outline: then it sets the same places as the one that the outline was made of, compared with an
 * object of zeros. Costs much less than a comparison.
 */
export function hasOutline(outline: ObjectOutline, value: unknown): boolean {
  switch (outline.kind) {
    case "value":
      return outline.zero ? deepEqual(outline.zero.value, value) : !isMadeOfZeros(value);
    case "record":
      return isRecord(value) && hasMembers(outline, value);
    case "list":
      return Array.isArray(value) && hasItems(outline, value);
  }
}

function hasMembers({ names, members }: RecordOutline, record: JsonRecord): boolean {
  let index = 0;
  for (const name in record) {
    const value = record[name];
    if (value === undefined) continue;
    const outline = members[index];
    if (!outline || names[index] !== name || !hasOutline(outline, value)) return false;
    index++;
  }
  return index === names.length;
}

function hasItems({ shape, items }: ListOutline, list: readonly unknown[]): boolean {
  if (list.length !== items.length) return false;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (!item || !isItem(shape, item, list[index])) return false;
  }
  return true;
}

function isItem({ type, keys }: ListShape, { identity, outline }: ItemOutline, item: unknown): boolean {
  if (type === "set" || !isRecord(item)) return item === identity[0] && hasOutline(outline, item);
  for (let index = 0; index < keys.length; index++)
    if (ownMember(item, keys[index]?.name ?? "") !== identity[index]) return false;
  return hasOutline(outline, item);
}

/** As an object is that nobody has told anything. */
function isMadeOfZeros(value: unknown): boolean {
  if (typeof value !== "object") return !value || value === "0" || value === "0s";
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isMadeOfZeros);
  const members: JsonRecord = Object(value);
  for (const name in members) if (!isMadeOfZeros(members[name])) return false;
  return true;
}
