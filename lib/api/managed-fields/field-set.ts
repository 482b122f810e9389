import { canonicalElement, compareElements, itself, type PathElement } from "./path-element.ts";

/**
 * A set of places in an object, just as FieldsV1 writes it: `{"f:spec": {"f:replicas": {}}}`. A place is in the set when
 * nothing stands below it, or when `.` does. Sets are never changed; operations share what they can, and answer their
 * argument itself when it stays as it is.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

type MutableSet = Record<PathElement, FieldSet>;

const here: FieldSet = Object.freeze({});
/** The set without any place. */
export const emptySet: FieldSet = here;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the place that `below` stands for is in the set itself. */
export function includesItself(below: FieldSet): boolean {
  return below[itself] !== undefined || isEmptySet(below);
}

/** Places in either set; `left` itself when it has them all. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(left)) return right;
  return isEmptySet(right) ? left : joined(left, right);
}

function joined(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  let result: MutableSet | undefined;
  if (includesItself(right) && !includesItself(left)) result = { [itself]: here, ...left };
  for (const element in right) {
    const [one, other] = [left[element], right[element]];
    if (element === itself || !other) continue;
    const both = one ? joined(one, other) : other;
    if (both === one) continue;
    result ??= isEmptySet(left) ? { [itself]: here } : { ...left };
    result[element] = both;
  }
  return result ?? left;
}

/** `{".": {}}` alone is written `{}`. */
function simplified(set: MutableSet): FieldSet {
  for (const element in set) if (element !== itself) return set;
  return here;
}

/** Places in `left` that are not in `right`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return without(left, right, false) ?? emptySet;
}

/** Places in `left` that are neither in `right` nor below a place of it. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  return without(left, right, true) ?? emptySet;
}

/** Below the root, an empty set is a place; so "nothing left" is undefined. */
function without(left: FieldSet, right: FieldSet, isRecursive: boolean): FieldSet | undefined {
  if (isEmptySet(left)) return undefined;
  let changed = false;
  const result: MutableSet = {};
  for (const element in left) {
    const one = left[element];
    if (!one) continue;
    const other = right[element];
    const rest = other && element !== itself ? remainder(one, other, isRecursive) : one;
    if (rest !== one) changed = true;
    if (rest) result[element] = rest;
  }
  if (!changed) return left;
  return isEmptySet(result) ? undefined : result;
}

/** What is left of a place and what is below it. */
function remainder(one: FieldSet, other: FieldSet, isRecursive: boolean): FieldSet | undefined {
  const losesItself = includesItself(other);
  if (losesItself && isRecursive) return undefined;
  const below = without(one, other, isRecursive);
  if (isEmptySet(one)) return losesItself ? undefined : one;
  if (!losesItself || !one[itself]) return below && simplifiedUnlessSame(below, one);
  const { [itself]: _, ...rest } = below ?? {};
  return isEmptySet(rest) ? undefined : rest;
}

function simplifiedUnlessSame(set: FieldSet, same: FieldSet): FieldSet {
  return set === same ? set : simplified(set);
}

/** Places in both sets. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return isEmptySet(left) || isEmptySet(right) ? emptySet : (shared(left, right) ?? emptySet);
}

function shared(left: FieldSet, right: FieldSet): FieldSet | undefined {
  const result: MutableSet = {};
  const isIn = includesItself(left) && includesItself(right);
  if (isIn) result[itself] = here;
  for (const element in left) {
    const [one, other] = [left[element], right[element]];
    const both = element !== itself && one && other ? shared(one, other) : undefined;
    if (both) result[element] = both;
  }
  return isEmptySet(result) ? undefined : simplified(result);
}

/** Whether two sets have the same places. */
export function sameSets(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  let size = 0;
  for (const element in left) {
    const [one, other] = [left[element], right[element]];
    if (!one || !other || !sameSets(one, other)) return false;
    size++;
  }
  for (const _ in right) size--;
  return size === 0;
}

/** Every place, parents first. */
export function* places(set: FieldSet, path: readonly PathElement[] = []): Generator<readonly PathElement[]> {
  for (const element of Object.keys(set).sort(compareElements)) {
    const below = set[element];
    if (element === itself || !below) continue;
    const place = [...path, element];
    if (includesItself(below)) yield place;
    yield* places(below, place);
  }
}

/** The set with its steps in their one form; steps of no known kind go. */
export function canonicalSet(set: FieldSet): FieldSet {
  const result: MutableSet = {};
  for (const element in set) {
    const below = set[element];
    const canonical = element === itself ? itself : canonicalElement(element);
    if (canonical !== undefined && below) result[canonical] = canonicalSet(below);
  }
  return result;
}

/** The set with its steps in the order in which they are stored. */
export function sortedSet(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  const isSorted = elements.every((element, index) => index === 0 || isBefore(elements[index - 1], element));
  if (!isSorted) elements.sort(compareElements);
  let result: MutableSet | undefined = isSorted ? undefined : {};
  for (const element of elements) {
    const below = set[element];
    const sorted = below && sortedSet(below);
    if (!sorted || (!result && sorted === below)) continue;
    result ??= { ...set };
    result[element] = sorted;
  }
  return result ?? set;
}

function isBefore(one: PathElement | undefined, other: PathElement): boolean {
  return one === undefined || compareElements(one, other) < 0;
}

interface GrowingSet {
  [element: PathElement]: GrowingSet;
}

/** Collects places into a set. */
export class FieldSetBuilder {
  readonly #root: GrowingSet = {};
  /** Sets with something in them: to look whether a large one is empty, V8 first gathers all its names. */
  #filled: Set<GrowingSet> | undefined;

  /** `below` are places below this one; a place with some is inserted once. */
  insert(path: readonly PathElement[], below?: FieldSet): void {
    let node = this.#root;
    for (let index = 0; index < path.length; index++) {
      const element = path[index] ?? "";
      const isLast = index === path.length - 1;
      const known = node[element];
      if (known) {
        // An empty one is a place by itself; with something below, it has to say so.
        if (this.#isFilled(known) === isLast) known[itself] ??= {};
        node = known;
      } else {
        const made: GrowingSet = isLast && below ? below : {};
        node[element] = made;
        node = made;
      }
    }
  }

  #isFilled(set: GrowingSet): boolean {
    if (this.#filled?.has(set)) return true;
    if (isEmptySet(set)) return false;
    this.#filled ??= new Set();
    this.#filled.add(set);
    return true;
  }

  /** The set; the builder is not used any more. */
  build(): FieldSet {
    return this.#root;
  }
}
