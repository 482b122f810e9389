import { isRecord, type JsonRecord, ownMember } from "../records.ts";
import type { ListShape } from "./shape.ts";

/**
 * One step of a path as FieldsV1 writes it: `f:` and the name of a member, `k:` and the keys of a list's element as JSON,
 * `v:` and a plain element as JSON, `i:` and a position.
 */
export type PathElement = string;

/** Inside a set, says that the place itself is in it, besides places below. */
export const itself = ".";

export function memberElement(name: string): PathElement {
  return `f:${name}`;
}

/** The name of a member; undefined for the other kinds of steps. */
export function memberName(element: PathElement): string | undefined {
  return element.startsWith("f:") ? element.slice(2) : undefined;
}

/** What tells an element of a list apart. @throws PathElementFault when it does not say. */
export function listElement(shape: ListShape, item: unknown): PathElement {
  return shape.type === "map" ? keyedElement(shape, item) : valueElement(item);
}

/** An element of a list that has nothing to tell it apart. */
export class PathElementFault extends Error {}

function valueElement(item: unknown): PathElement {
  if (typeof item === "object")
    throw new PathElementFault("associative list without keys has an element that's a map type");
  return `v:${JSON.stringify(item)}`;
}

function keyedElement({ keys }: ListShape, item: unknown): PathElement {
  if (!isRecord(item)) throw new PathElementFault("associative list with keys may not have non-map elements");
  if (keys.length === 1 && keys[0]) return `k:{${keyPair(keys[0].name, item, keys[0].default)}}`;
  const pairs = keys.map(({ name, default: fallback }) => keyPair(name, item, fallback));
  return `k:{${pairs.sort().join(",")}}`;
}

function keyPair(name: string, item: JsonRecord, fallback: unknown): string {
  const value = ownMember(item, name) ?? fallback;
  if (value !== undefined) return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  throw new PathElementFault(
    `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
  );
}

/** The step in its one form; undefined when it is of no known kind. */
export function canonicalElement(element: PathElement): PathElement | undefined {
  const [prefix, rest] = [element.slice(0, 2), element.slice(2)];
  if (prefix === "f:") return element;
  if (prefix === "i:") return /^\d+$/.test(rest) ? element : undefined;
  const value = parsed(rest);
  if (prefix === "v:") return value === undefined ? undefined : `v:${JSON.stringify(value)}`;
  if (prefix !== "k:" || !isRecord(value)) return undefined;
  const pairs = Object.keys(value).map((name) => `${JSON.stringify(name)}:${JSON.stringify(value[name])}`);
  return `k:{${pairs.sort().join(",")}}`;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Steps of which the JSON is not in the order of its values. */
const hasNumber = /^[vi]:-?\d|":-?\d/;
const positions = "i".charCodeAt(0);
const members = "f".charCodeAt(0);

/** The order of steps in FieldsV1: itself, members, keyed elements, plain elements, positions. */
export function compareElements(left: PathElement, right: PathElement): number {
  const [kind, other] = [left.charCodeAt(0), right.charCodeAt(0)];
  if (kind !== other) return kind === positions ? 1 : other === positions ? -1 : kind - other;
  if (kind === members || !hasNumber.test(left) || !hasNumber.test(right)) return compareTexts(left, right);
  const [one, another] = [parsed(left.slice(2)), parsed(right.slice(2))];
  return isRecord(one) && isRecord(another) ? compareKeys(one, another) : compareScalars(one, another);
}

function compareKeys(left: JsonRecord, right: JsonRecord): number {
  const [names, others] = [Object.keys(left), Object.keys(right)];
  for (let index = 0; index < Math.min(names.length, others.length); index++) {
    const [name, other] = [names[index] ?? "", others[index] ?? ""];
    const order = compareTexts(name, other) || compareScalars(left[name], right[other]);
    if (order !== 0) return order;
  }
  return names.length - others.length;
}

function compareScalars(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return compareTexts(String(left), String(right));
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A path as messages write it: `.spec.containers[name="a"].image`. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join("");
}

function elementText(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("v:")) return `[=${rest}]`;
  const keys = element.startsWith("k:") ? parsed(rest) : undefined;
  if (!isRecord(keys)) return `[${rest}]`;
  return `[${Object.keys(keys)
    .map((name) => `${name}=${JSON.stringify(keys[name])}`)
    .join(",")}]`;
}
