import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { emptySet, type FieldSet, FieldSetBuilder, isEmptySet, recursiveDifference, union } from "./field-set.ts";
import { itself, listElement, memberElement, type PathElement, PathElementFault } from "./path-element.ts";
import { type ListShape, type RecordShape, recordShape, type Shape, untypedShape } from "./shape.ts";

/** How one state of an object differs from another. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const noDifferences: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };

/** Which places of an object of a shape were added, modified and removed on the way from `before` to `after`. */
export function compareObjects(shape: Shape, before: object, after: object): Comparison {
  if (before === after) return noDifferences;
  const walk = new ComparisonWalk();
  walk.compare(shape, before, after);
  return walk.result();
}

/** The comparison without some places and everything below them. */
export function withoutPlaces({ added, modified, removed }: Comparison, places: FieldSet): Comparison {
  return {
    added: recursiveDifference(added, places),
    modified: recursiveDifference(modified, places),
    removed: recursiveDifference(removed, places),
  };
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed);
}

/** The places that have got a value. */
export function changedPlaces({ added, modified }: Comparison): FieldSet {
  return union(modified, added);
}

/** Objects of unknown type: member by member. */
export const untypedRecord: RecordShape = recordShape([], { element: untypedShape });

/** How a value of a shape is taken apart here; undefined: not at all. Null and absent have any shape. */
export function takenApart(shape: Shape, left: unknown, right: unknown): RecordShape | ListShape | undefined {
  switch (shape.kind) {
    case "scalar":
      return undefined;
    case "untyped":
      return shape.isAtomic ? undefined : takenApart(untypedRecord, left, right);
    case "record":
      return !shape.isAtomic && areBoth(isRecord, left, right) && (hasMembers(left) || hasMembers(right))
        ? shape
        : undefined;
    case "list":
      return shape.type !== "atomic" && areBoth(Array.isArray, left, right) && (hasItems(left) || hasItems(right))
        ? shape
        : undefined;
  }
}

function areBoth(isOne: (value: unknown) => boolean, left: unknown, right: unknown): boolean {
  return (isAbsent(left) || isOne(left)) && (isAbsent(right) || isOne(right));
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function hasMembers(value: unknown): boolean {
  if (isRecord(value)) for (const name in value) if (value[name] !== undefined) return true;
  return false;
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** The shape of a member, whether it is declared or not. */
export function memberShape(shape: RecordShape, name: string): Shape {
  return shape.field(name)?.shape ?? shape.element ?? untypedShape;
}

const none: JsonRecord = Object.freeze({});

class ComparisonWalk {
  readonly #added = new FieldSetBuilder();
  readonly #modified = new FieldSetBuilder();
  readonly #removed = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  result(): Comparison {
    return { added: this.#added.build(), modified: this.#modified.build(), removed: this.#removed.build() };
  }

  /** Absent is undefined; at least one is there. */
  compare(shape: Shape, before: unknown, after: unknown): void {
    if (before === after) return;
    if (before === undefined) return this.#added.insert(this.#path, everyPlace(shape, after));
    if (after === undefined) return this.#removed.insert(this.#path, everyPlace(shape, before));
    const apart = takenApart(shape, before, after);
    if (apart?.kind === "record") this.#members(apart, before, after);
    else if (apart) this.#items(apart, before, after);
    else if (!deepEqual(before, after)) this.#modified.insert(this.#path);
  }

  #members(shape: RecordShape, before: unknown, after: unknown): void {
    const [one, other] = [isRecord(before) ? before : none, isRecord(after) ? after : none];
    for (const name in one) {
      const value = one[name];
      if (value !== undefined) this.#member(shape, name, value, ownValue(other, name));
    }
    for (const name in other) {
      const value = other[name];
      if (value !== undefined && ownValue(one, name) === undefined) this.#member(shape, name, undefined, value);
    }
  }

  #member(shape: RecordShape, name: string, one: unknown, other: unknown): void {
    if (one === other) return;
    const field = shape.field(name);
    this.#path.push(memberElement(name));
    const inner = field?.shape ?? shape.element ?? untypedShape;
    this.compare(inner, one ?? field?.whenAbsent, other ?? field?.whenAbsent);
    this.#path.pop();
  }

  #items(shape: ListShape, before: unknown, after: unknown): void {
    const [one, other] = [itemsByElement(shape, before), itemsByElement(shape, after)];
    for (const [element, items] of one) this.#item(shape, element, items, other.get(element));
    for (const [element, items] of other) if (!one.has(element)) this.#item(shape, element, undefined, items);
  }

  #item(
    shape: ListShape,
    element: PathElement,
    before: readonly unknown[] | undefined,
    after: readonly unknown[] | undefined,
  ): void {
    this.#path.push(element);
    const isRepeated = (before?.length ?? 0) > 1 || (after?.length ?? 0) > 1;
    if (!isRepeated) this.compare(shape.element, before?.[0], after?.[0]);
    else if (!before) this.#added.insert(this.#path);
    else if (!after) this.#removed.insert(this.#path);
    else if (!deepEqual(before, after)) this.#modified.insert(this.#path);
    this.#path.pop();
  }
}

const place: FieldSet = Object.freeze({});

/** The place of a value that comes or goes, and all places in it. */
function everyPlace(shape: Shape, value: unknown): FieldSet {
  const apart = takenApart(shape, value, undefined);
  if (!apart) return place;
  const places: Record<PathElement, FieldSet> = { [itself]: place };
  if (apart.kind === "record" && isRecord(value)) everyMember(apart, value, places);
  else if (apart.kind === "list")
    for (const [element, items] of itemsByElement(apart, value))
      places[element] = items.length > 1 ? place : everyPlace(apart.element, items[0]);
  return places;
}

function everyMember(shape: RecordShape, record: JsonRecord, places: Record<PathElement, FieldSet>): void {
  for (const name in record) {
    const value = record[name];
    if (value !== undefined) places[memberElement(name)] = everyPlace(memberShape(shape, name), value);
  }
  // Members that nobody wrote come and go with the object that they are in.
  for (const { name, shape: inner, whenAbsent } of shape.alwaysThere)
    places[memberElement(name)] ??= everyPlace(inner, whenAbsent);
}

function ownValue(record: JsonRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Items by what tells them apart, in their order; items that nothing tells apart are left out. */
function itemsByElement(shape: ListShape, list: unknown): Map<PathElement, unknown[]> {
  const found = new Map<PathElement, unknown[]>();
  if (!Array.isArray(list)) return found;
  for (const item of list) {
    const element = elementOrNothing(shape, item);
    if (element === undefined) continue;
    const known = found.get(element);
    if (known) known.push(item);
    else found.set(element, [item]);
  }
  return found;
}

function elementOrNothing(shape: ListShape, item: unknown): PathElement | undefined {
  try {
    return listElement(shape, item);
  } catch (error) {
    if (error instanceof PathElementFault) return undefined;
    throw error;
  }
}
