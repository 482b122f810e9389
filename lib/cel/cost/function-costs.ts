import { linearMatches } from "../functions/patterns.ts";
import {
  bounded,
  fixedSize,
  nowhere,
  plus,
  priced,
  type Size,
  type SizeNode,
  sizeAt,
  times,
  unknownSize,
} from "./sizes.ts";
import type { CheckedNode, CheckedType } from "./syntax.ts";

/** What is known of an argument. */
export interface Argument {
  readonly node: CheckedNode;
  readonly type: CheckedType | undefined;
  readonly size: Size;
  /** Where it stands in the data that is described. */
  readonly place: SizeNode | undefined;
}

/** What a call costs besides its arguments, and the size of what it answers; undefined where that is not known. */
export interface CallCost {
  readonly cost: number;
  readonly size?: Size | undefined;
}

/** Going through a text costs this for each character. */
const traversal = 0.1;
const patternPrice = 0.25;
/** About as many characters as the patterns of formats have. */
const formatPattern = 128;
const nominal: CallCost = { cost: 1 };
const authorization: CallCost = { cost: 350_000 };

/** The price of a function that has its own, as Kubernetes has it; all others cost one. */
export function callCost(name: string, target: Argument | undefined, args: readonly Argument[]): CallCost {
  const [first, second] = args;
  switch (name) {
    case "check":
      return target ? authorization : nominal;
    case "isSorted":
    case "sum":
    case "max":
    case "min":
    case "indexOf":
    case "lastIndexOf":
      return target ? { cost: comparisons(target) } : nominal;
    case "url":
    case "semver":
    case "isSemver":
      return first ? { cost: priced(first.size, traversal) } : nominal;
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return target ? { cost: priced(target.size, traversal), size: target.size } : nominal;
    case "replace":
      return target && first && second ? replacement(target.size, first.size, second.size) : nominal;
    case "split":
      return target ? split(target.size, second) : nominal;
    case "join":
      return target ? joined(target, first) : nominal;
    case "find":
    case "findAll":
      return target && first
        ? { cost: matching(target.size, first.size), size: { min: 0, max: target.size.max } }
        : nominal;
    case "matches":
    case linearMatches:
      return target && first ? { cost: matching(target.size, first.size) } : nominal;
    case "contains":
      return target && first
        ? { cost: bounded(priced(target.size, traversal) * priced(first.size, traversal)) }
        : nominal;
    case "startsWith":
    case "endsWith":
      return target && first ? { cost: priced(first.size, traversal) } : nominal;
    case "format":
      return target ? { cost: priced(target.size, traversal) } : nominal;
    case "validate":
      return target && first ? { cost: validation(first.size) } : nominal;
    case "containsIP":
    case "containsCIDR":
      return target && first ? { cost: addressComparison(name, first) } : nominal;
    case "sets.contains":
    case "sets.intersects":
      return first && second ? { cost: bounded(times(first.size, second.size).max + 1) } : nominal;
    case "sets.equivalent":
      return first && second ? { cost: bounded(2 * times(first.size, second.size).max + 1) } : nominal;
    case "bytes":
      return first?.type?.name === "string"
        ? { cost: priced(first.size, traversal), size: { min: first.size.min, max: bounded(first.size.max * 4) } }
        : nominal;
    case "string":
      return first?.type?.name === "bytes"
        ? { cost: priced(first.size, traversal), size: { min: Math.floor(first.size.min / 4), max: first.size.max } }
        : nominal;
    default:
      return nominal;
  }
}

/** Elements of lists are compared one by one, texts by their characters. */
function comparisons({ type, size, place }: Argument): number {
  if (type?.kind !== "list") return priced(size, traversal);
  const isText = type.valueType?.name === "string" || type.valueType?.name === "bytes";
  const each = isText ? 1 + priced(elementSize(place), traversal) : 1;
  return bounded(size.max * each);
}

function elementSize(list: SizeNode | undefined): Size {
  return (list && sizeAt(list.element ?? nowhere)) ?? unknownSize;
}

/** A pattern is tried at each place, and once where there is none. */
function matching(text: Size, pattern: Size): number {
  return bounded(priced(plus(text, fixedSize(1)), traversal) * priced(pattern, patternPrice));
}

function validation(text: Size): number {
  return bounded(Math.ceil(priced(text, traversal) * formatPattern * patternPrice));
}

/** The text is gone through, and another one made. */
function replacement(text: Size, replaced: Size, by: Size): CallCost {
  const min = lengthAfter(text.min, replaced.max, by.min, replaced.max <= by.min);
  const max = lengthAfter(text.max, replaced.min, by.max, by.max <= replaced.min);
  return { cost: priced(text, 2 * traversal), size: { min, max } };
}

/** How long a text gets when parts of it are replaced, as often as there is room for; nothing is between all characters. */
function lengthAfter(text: number, part: number, by: number, isKept: boolean): number {
  if (part === 0) return bounded((text + 1) * by + text);
  return bounded(isKept ? text : Math.ceil(text / part) * by);
}

function split(text: Size, limit: Argument | undefined): CallCost {
  const value = limit?.node.op === "value" ? limit.node.args : undefined;
  const max = typeof value === "bigint" ? Number(value) : text.max;
  return { cost: priced(text, 2 * traversal), size: { min: 0, max } };
}

function joined(list: Argument, separator: Argument | undefined): CallCost {
  const between = { min: Math.max(list.size.min - 1, 0), max: Math.max(list.size.max - 1, 0) };
  const texts = times(list.size, elementSize(list.place));
  const size = separator ? plus(texts, times(separator.size, between)) : texts;
  return { cost: priced(size, traversal), size };
}

/** Addresses have up to 16 bytes; texts have to be read first. */
function addressComparison(name: string, other: Argument): number {
  const address = { min: 4, max: 16 };
  const compared = priced(plus(address, address), traversal);
  const masked = name === "containsCIDR" ? priced(address, traversal) + 1 : 0;
  return compared + masked + (other.type?.name === "string" ? priced(other.size, traversal) : 0);
}

/** Two values are compared as far as the shorter one goes. */
export function comparison(left: Size, right: Size): number {
  return priced({ min: 0, max: Math.min(left.max, right.max) }, traversal);
}

/** What putting two values together costs, and the size of what that makes. */
export function addition(left: Argument, right: Argument): CallCost {
  const kinds = [left, right].map(({ type }) => type?.kind);
  const known = [left, right].map(({ type }) => type?.name).find((name) => name !== undefined && name !== "dyn");
  const size = plus(left.size, right.size);
  if (kinds.includes("list")) return { cost: 1, size };
  if (known !== undefined && known !== "string" && known !== "bytes") return nominal;
  return { cost: priced(size, traversal), size };
}
