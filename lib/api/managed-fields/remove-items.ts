import { setEntry } from "../../../gen/plain-values.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { takenApart } from "./compare.ts";
import { type FieldSet, includesItself, isEmptySet } from "./field-set.ts";
import { recordShapeOf } from "./fields-of.ts";
import { itself, listElement, memberElement, memberName, type PathElement, PathElementFault } from "./path-element.ts";
import type { ListShape, RecordShape, Shape } from "./shape.ts";

/** The value without the places of a set; objects and lists that lose all they have go, too (undefined). */
export function removeItems(shape: Shape, value: unknown, places: FieldSet): unknown {
  if (isEmptySet(places)) return value;
  const apart = takenApart(shape, value, undefined);
  if (apart?.kind === "record" && isRecord(value)) return removeMembers(apart, value, places);
  if (apart?.kind === "list" && Array.isArray(value)) return removeElements(apart, value, places);
  return value;
}

function removeMembers(shape: RecordShape, record: JsonRecord, places: FieldSet): JsonRecord | undefined {
  const rest: JsonRecord = {};
  let isEmpty = true;
  for (const name of Object.keys(record)) {
    const inner = shape.field(name)?.shape ?? shape.element;
    const left = inner ? afterRemoval(inner, record[name], places[memberElement(name)]) : record[name];
    if (left === undefined) continue;
    setEntry(rest, name, left);
    isEmpty = false;
  }
  return isEmpty ? undefined : rest;
}

function removeElements(shape: ListShape, list: readonly unknown[], places: FieldSet): unknown[] | undefined {
  const rest: unknown[] = [];
  for (const item of list) {
    const left = afterRemoval(shape.element, item, places[elementOf(shape, item)]);
    if (left !== undefined) rest.push(left);
  }
  return rest.length > 0 ? rest : undefined;
}

function afterRemoval(shape: Shape, value: unknown, below: FieldSet | undefined): unknown {
  if (!below) return value;
  return includesItself(below) ? undefined : removeItems(shape, value, below);
}

function elementOf(shape: ListShape, item: unknown): PathElement {
  try {
    return listElement(shape, item);
  } catch (error) {
    if (error instanceof PathElementFault) return "";
    throw error;
  }
}

/** The set with every declared field on the way to its places in it, so that structs go when all that was in them goes. */
export function withNamedFields(shape: Shape | undefined, set: FieldSet): FieldSet {
  const result: Record<PathElement, FieldSet> = {};
  const record = shape && recordShapeOf(shape);
  for (const element in set) {
    const below = set[element];
    if (!below || element === itself || isEmptySet(below)) {
      if (below) result[element] = below;
      continue;
    }
    const name = memberName(element);
    const declared = name === undefined ? undefined : record?.field(name);
    const inner = name === undefined ? elementShape(shape) : (declared?.shape ?? record?.element);
    const named = withNamedFields(inner, below);
    result[element] = declared && !named[itself] ? { [itself]: {}, ...named } : named;
  }
  return result;
}

function elementShape(shape: Shape | undefined): Shape | undefined {
  return shape?.kind === "list" ? shape.element : undefined;
}
