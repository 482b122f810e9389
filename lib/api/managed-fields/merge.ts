import { setEntry } from "../../../gen/plain-values.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import { memberShape, takenApart } from "./compare.ts";
import { listElement, type PathElement, PathElementFault } from "./path-element.ts";
import type { ListShape, RecordShape, Shape } from "./shape.ts";

/**
 * The object with an applied configuration laid over it: what is taken apart is merged, everything else is as applied.
 * Shares parts with both arguments.
 */
export function mergeApplied(shape: Shape, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const apart = takenApart(shape, live, applied);
  if (apart?.kind === "record") return mergeRecords(apart, live, applied);
  return apart ? mergeLists(apart, live, applied) : applied;
}

function mergeRecords(shape: RecordShape, live: unknown, applied: unknown): JsonRecord {
  const [before, over] = [isRecord(live) ? live : {}, isRecord(applied) ? applied : {}];
  const merged: JsonRecord = {};
  for (const name of Object.keys(before)) {
    const value = Object.hasOwn(over, name) ? over[name] : undefined;
    setEntry(merged, name, mergeApplied(memberShape(shape, name), before[name], value));
  }
  for (const name of Object.keys(over)) if (!Object.hasOwn(before, name)) setEntry(merged, name, over[name]);
  return merged;
}

/**
 * Elements of both lists stand in the order in which they were applied; those of the live list alone stay ahead of the
 * shared element that they were ahead of.
 */
function mergeLists(shape: ListShape, live: unknown, applied: unknown): unknown[] {
  const before = keyed(shape, live);
  const over = keyed(shape, applied);
  const [inLive, inApplied] = [byElement(before), byElement(over)];
  const shared = over.filter(({ element }) => inLive.has(element));
  const merged: unknown[] = [];
  let [place, nextShared] = [0, 0];
  const takeLiveUntil = (element: PathElement | undefined) => {
    for (let item = before[place]; item && item.element !== element; item = before[++place])
      if (!inApplied.has(item.element)) merged.push(item.value);
  };
  for (const { element, value } of over) {
    takeLiveUntil(shared[nextShared]?.element);
    const same = inLive.get(element);
    merged.push(mergeApplied(shape.element, same?.isRepeated ? undefined : same?.value, value));
    if (same) nextShared++;
  }
  takeLiveUntil(undefined);
  return merged;
}

interface Keyed {
  readonly element: PathElement;
  readonly value: unknown;
}

function keyed(shape: ListShape, list: unknown): Keyed[] {
  if (!Array.isArray(list)) return [];
  return list.map((value: unknown, index) => ({ element: elementAt(shape, value, index), value }));
}

/** What nothing tells apart is told apart by its position. */
function elementAt(shape: ListShape, value: unknown, index: number): PathElement {
  try {
    return listElement(shape, value);
  } catch (error) {
    if (error instanceof PathElementFault) return `i:${index}`;
    throw error;
  }
}

function byElement(items: readonly Keyed[]): Map<PathElement, { value: unknown; isRepeated: boolean }> {
  const found = new Map<PathElement, { value: unknown; isRepeated: boolean }>();
  for (const { element, value } of items) found.set(element, { value, isRepeated: found.has(element) });
  return found;
}
