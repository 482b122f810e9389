import { type Argument, addition, callCost, comparison } from "./function-costs.ts";
import { bounded, either, fixedSize, nowhere, type Size, type SizeNode, sizeAt, unknownSize } from "./sizes.ts";
import { type CheckedNode, isCheckedNode, isScalar, nodesOf } from "./syntax.ts";

const listBase = 10;
const mapBase = 30;
const messageBase = 40;
const twoVariables = new Set(["all", "exists", "existsOne", "transformList", "transformMap", "transformMapEntry"]);

/** What is known of a value: what it takes to make it, its size, where it stands in the data, the size of its elements. */
interface Estimate {
  readonly cost: number;
  readonly size?: Size | undefined;
  readonly place?: SizeNode | undefined;
  readonly element?: Size | undefined;
}

interface Scope {
  readonly root: SizeNode;
  readonly variables: ReadonlyMap<string, Estimate>;
}

/**
 * What an expression costs at most, by the largest data that its variables (all are places in the same data) may hold;
 * counted as Kubernetes counts, so that both take the same rules for too expensive.
 */
export function estimateCost(node: CheckedNode, root: SizeNode, names: readonly string[]): number {
  const variables = new Map(names.map((name) => [name, { cost: 1, place: root }]));
  return bounded(estimate(node, { root, variables }).cost);
}

function estimate(node: CheckedNode | undefined, scope: Scope): Estimate {
  if (!node) return { cost: 0 };
  const { op, args } = node;
  switch (op) {
    case "value":
      return { cost: 0, size: literalSize(args) };
    case "id":
      // Names of libraries are no values.
      if (node.meta.alternate) return { cost: 0 };
      return { ...scope.variables.get(String(args)), cost: 1 };
    case ".":
      return member(node, scope);
    case ".?":
    case "[?]":
      return { cost: 1 + sum(nodesOf(args), scope) };
    case "[]":
      return indexed(node, scope);
    case "list":
      return aggregate(nodesOf(args), listBase, scope);
    case "map":
      return mapOf(args, scope);
    case "?:":
      return choice(nodesOf(args), scope);
    case "call":
    case "rcall":
      return call(node, scope);
    default:
      return operation(node, scope);
  }
}

function literalSize(value: unknown): Size | undefined {
  if (typeof value === "string") return fixedSize([...value].length);
  if (value instanceof Uint8Array) return fixedSize(value.length);
  return fixedSize(1);
}

function sum(nodes: readonly CheckedNode[], scope: Scope): number {
  return nodes.reduce((total, node) => bounded(total + estimate(node, scope).cost), 0);
}

/** The size of a value: as it was made, as the data are described, or as its type has it. */
function sizeOf(node: CheckedNode, { size, place }: Estimate): Size {
  if (size && node.op !== "id") return size;
  const described = place && sizeAt(place);
  if (described) return described;
  if (isScalar(node.checkedType)) return fixedSize(1);
  return size ?? unknownSize;
}

function argument(node: CheckedNode, scope: Scope): Argument & { readonly cost: number } {
  const found = estimate(node, scope);
  const { cost, place } = found;
  return { node, type: node.checkedType, size: sizeOf(node, found), place, cost };
}

/** What stands below a place. Kubernetes looks from the root where it does not know the place. */
function below(
  { root }: Scope,
  place: SizeNode | undefined,
  step: (place: SizeNode) => SizeNode | undefined,
): SizeNode {
  return place ? (step(place) ?? nowhere) : root;
}

function member({ args }: CheckedNode, scope: Scope): Estimate {
  const [owner] = nodesOf(args);
  const { cost, place } = estimate(owner, scope);
  const kind = owner?.checkedType?.kind;
  const name = Array.isArray(args) ? String(args[1]) : "";
  return {
    cost: kind === "map" || kind === "message" ? cost + 1 : cost,
    place: below(scope, place, (at) => at.field(name)),
  };
}

function indexed({ args }: CheckedNode, scope: Scope): Estimate {
  const [owner, index] = nodesOf(args);
  const of = estimate(owner, scope);
  const place = below(scope, of.place, (at) => at.element);
  return { cost: 1 + of.cost + estimate(index, scope).cost, place, size: of.element };
}

/** How many elements there are, and their size. Each is looked at once: aggregates may be in one another. */
function aggregate(elements: readonly CheckedNode[], base: number, scope: Scope): Estimate {
  const found = elements.map((element) => argument(element, scope));
  const sizes = found.map(({ size }) => size);
  return {
    cost: found.reduce((total, { cost }) => bounded(total + cost), base),
    size: fixedSize(elements.length),
    element: sizes.length > 0 ? sizes.reduce(either) : fixedSize(0),
  };
}

function mapOf(args: unknown, scope: Scope): Estimate {
  const entries: unknown[] = Array.isArray(args) ? args : [];
  const keys = aggregate(
    entries.flatMap((entry) => nodesOf(entry).slice(0, 1)),
    mapBase,
    scope,
  );
  const values = entries.flatMap((entry) => nodesOf(entry).slice(1));
  return { ...keys, cost: bounded(keys.cost + sum(values, scope)) };
}

function choice([condition, whenTrue, whenFalse]: readonly CheckedNode[], scope: Scope): Estimate {
  const [left, right] = [estimate(whenTrue, scope), estimate(whenFalse, scope)];
  const cost = estimate(condition, scope).cost + Math.max(left.cost, right.cost);
  if (!whenTrue || !whenFalse) return { cost };
  const element = left.element && right.element ? either(left.element, right.element) : undefined;
  return { cost, size: either(sizeOf(whenTrue, left), sizeOf(whenFalse, right)), element };
}

function operation({ op, args }: CheckedNode, scope: Scope): Estimate {
  const nodes = nodesOf(args);
  // A negative number is written as one.
  if (op === "-_" && nodes[0]?.op === "value") return { cost: 0, size: fixedSize(1) };
  const [left, right] = nodes.map((node) => argument(node, scope));
  const own = (left?.cost ?? 0) + (right?.cost ?? 0);
  if (!left || !right) return { cost: bounded(own + 1) };
  switch (op) {
    case "&&":
    case "||":
      return { cost: bounded(own) };
    case "==":
    case "!=":
      return { cost: bounded(own + comparison(left.size, right.size)) };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return { cost: bounded(own + (isOrderedByParts(left, right) ? comparison(left.size, right.size) : 1)) };
    case "in":
      return { cost: bounded(own + (right.type?.kind === "map" ? 1 : right.size.max)) };
    case "+": {
      const { cost, size } = addition(left, right);
      return { cost: bounded(own + cost), size };
    }
    default:
      return { cost: bounded(own + 1) };
  }
}

/** Texts are, and what may be one. */
function isOrderedByParts(left: Argument, right: Argument): boolean {
  const names = [left, right].map(({ type }) => type?.name ?? "dyn").filter((name) => name !== "dyn");
  return names.every((name) => name === "string" || name === "bytes");
}

function call(node: CheckedNode, scope: Scope): Estimate {
  const [name, ...rest] = Array.isArray(node.args) ? node.args : [];
  const target = node.op === "rcall" && isCheckedNode(rest[0]) ? rest[0] : undefined;
  const args = nodesOf(rest.at(-1));
  const expanded = macro(String(name), target, args, node, scope);
  if (expanded) return expanded;
  if (name === "dyn" && args[0]) {
    const same = estimate(args[0], scope);
    return { ...same, cost: bounded(same.cost + 1) };
  }
  const library = target?.op === "id" && target.meta.alternate ? `${String(target.args)}.` : undefined;
  const on = target && library === undefined ? argument(target, scope) : undefined;
  const given = args.map((each) => argument(each, scope));
  const own = given.reduce((total, { cost }) => bounded(total + cost), on?.cost ?? 0);
  const { cost, size } = callCost(`${library ?? ""}${String(name)}`, on, given);
  return { cost: bounded(own + cost), size };
}

/** What macros become, by what that costs. */
function macro(
  name: string,
  target: CheckedNode | undefined,
  args: readonly CheckedNode[],
  node: CheckedNode,
  scope: Scope,
): Estimate | undefined {
  const [first, second, third] = args;
  if (name === "has" && !target) return { cost: sum(nodesOf(first?.args), scope) };
  if (name === "_message_") return { cost: messageBase + sum(messageParts(second), scope) };
  if (!target || !first || !second) return undefined;
  if (name === "bind" && third) {
    const bound = estimate(second, scope);
    const result = estimate(third, withVariable(scope, String(first.args), bound));
    return { ...result, cost: bounded(listBase + bound.cost + result.cost) };
  }
  if (name === "optMap" || name === "optFlatMap") {
    const of = estimate(target, scope).cost;
    const inner = withVariable(scope, String(first.args), { cost: 1 });
    const wrapped = name === "optMap" ? 1 : 0;
    return { cost: bounded(1 + of + wrapped + listBase + 1 + of + estimate(second, inner).cost) };
  }
  if (third && twoVariables.has(name)) return loopOverTwo(name, target, args, scope);
  return node.meta.alternate ? loop(name, target, args, scope) : undefined;
}

function withVariable({ root, variables }: Scope, name: string, value: Estimate): Scope {
  return { root, variables: new Map(variables).set(name, value) };
}

function messageParts(fields: CheckedNode | undefined): CheckedNode[] {
  const entries: unknown[] = Array.isArray(fields?.args) ? fields.args : [];
  return entries.flatMap((entry) => nodesOf(entry).slice(1));
}

function loop(name: string, range: CheckedNode, args: readonly CheckedNode[], scope: Scope): Estimate {
  const of = estimate(range, scope);
  const count = sizeOf(range, of);
  const isMap = range.checkedType?.kind === "map";
  const place = below(scope, of.place, (at) => (isMap ? at.key : at.element));
  const item = { cost: 1, place, size: of.element };
  const inner = withVariable(scope, String(args[0]?.args), item);
  const [second, third] = args.slice(1).map((each) => argument(each, inner));
  const { each, before, after, made } = steps(name, second, third, args[0] && { node: args[0], item });
  const cost = bounded(of.cost + before + count.max * each + after);
  return made ? { cost, size: count, element: { min: 0, max: made.max } } : { cost };
}

/** A loop whose elements have two names; what is put into a map costs as what is put into a list. */
function loopOverTwo(name: string, range: CheckedNode, args: readonly CheckedNode[], scope: Scope): Estimate {
  const of = estimate(range, scope);
  const count = sizeOf(range, of);
  const key = { cost: 1, place: below(scope, of.place, (at) => at.key) };
  const value = { cost: 1, place: below(scope, of.place, (at) => at.element), size: of.element };
  const named = withVariable(scope, String(args[0]?.args), key);
  const inner = withVariable(named, String(args[1]?.args), value);
  const [second, third] = args.slice(2).map((each) => argument(each, inner));
  const { each, before, after, made } = steps(name, second, third, undefined);
  const cost = bounded(of.cost + before + count.max * each + after);
  return made ? { cost, size: count, element: { min: 0, max: made.max } } : { cost };
}

/** What a loop costs at each element, before and after; and the size of the elements of the list that it makes. */
function steps(
  name: string,
  second: { readonly cost: number; readonly size: Size } | undefined,
  third: { readonly cost: number; readonly size: Size } | undefined,
  variable: { readonly node: CheckedNode; readonly item: Estimate } | undefined,
): { each: number; before: number; after: number; made?: Size } {
  const cost = second?.cost ?? 0;
  const appended = 2 + listBase;
  switch (name) {
    case "all":
      return { each: 3 + cost, before: 0, after: 1 };
    case "exists":
      return { each: 4 + cost, before: 0, after: 1 };
    case "exists_one":
    case "existsOne":
      return { each: cost + 2, before: 0, after: 2 };
    case "filter":
      return {
        each: cost + appended + 1,
        before: listBase,
        after: 1,
        made: variable ? sizeOf(variable.node, variable.item) : unknownSize,
      };
    default:
      return third
        ? { each: cost + appended + third.cost, before: listBase, after: 1, made: third.size }
        : { each: cost + appended, before: listBase, after: 1, made: second?.size ?? unknownSize };
  }
}
