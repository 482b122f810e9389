import type { Environment } from "@marcbachmann/cel-js";
import { spend } from "../meter.ts";
import { compareValues, sameValue } from "../same-value.ts";

/** Functions of lists, and of lists as sets. */
export function registerLists(environment: Environment): void {
  environment
    .registerFunction("list<dyn>.isSorted(): bool", (list: unknown[]) =>
      list.every((item, index) => index === 0 || compareValues(list[index - 1], item) <= 0),
    )
    .registerFunction("list<dyn>.sum(): dyn", sum)
    .registerFunction("list<dyn>.min(): dyn", (list: unknown[]) => extreme(list, "min", -1))
    .registerFunction("list<dyn>.max(): dyn", (list: unknown[]) => extreme(list, "max", 1))
    .registerFunction("list<dyn>.indexOf(dyn): int", (list: unknown[], item: unknown) =>
      BigInt(list.findIndex((other) => sameValue(other, item))),
    )
    .registerFunction("list<dyn>.lastIndexOf(dyn): int", (list: unknown[], item: unknown) =>
      BigInt(list.findLastIndex((other) => sameValue(other, item))),
    )
    .registerFunction("list<dyn>.distinct(): list<dyn>", (list: unknown[]) => distinct(list))
    .registerFunction("list<dyn>.reverse(): list<dyn>", (list: unknown[]) => [...list].reverse())
    .registerFunction("list<dyn>.sort(): list<dyn>", (list: unknown[]) => [...list].sort(compareValues))
    .registerFunction("list<dyn>.slice(int, int): list<dyn>", slice)
    .registerFunction("list<dyn>.flatten(): list<dyn>", (list: unknown[]) => list.flat());
  class Sets {}
  environment.registerType("Sets", Sets).registerConstant("sets", "Sets", new Sets());
  environment
    .registerFunction("Sets.contains(list<dyn>, list<dyn>): bool", (_: Sets, list: unknown[], part: unknown[]) =>
      containsAll(list, part),
    )
    .registerFunction(
      "Sets.equivalent(list<dyn>, list<dyn>): bool",
      (_: Sets, left: unknown[], right: unknown[]) => containsAll(left, right) && containsAll(right, left),
    )
    .registerFunction("Sets.intersects(list<dyn>, list<dyn>): bool", (_: Sets, left: unknown[], right: unknown[]) => {
      spend(left.length * right.length);
      return left.some((item) => right.some((other) => sameValue(item, other)));
    });
}

function sum(list: readonly unknown[]): unknown {
  if (list.every((item) => typeof item === "bigint")) return list.reduce((total, item) => total + item, 0n);
  return list.reduce<number>((total, item) => total + Number(item), 0);
}

function extreme(list: readonly unknown[], name: string, sign: number): unknown {
  if (list.length === 0) throw new RangeError(`${name} called on empty list`);
  return list.reduce((best, item) => (Math.sign(compareValues(item, best)) === sign ? item : best));
}

function distinct(list: readonly unknown[]): unknown[] {
  spend(list.length * list.length);
  return list.filter((item, index) => list.findIndex((other) => sameValue(other, item)) === index);
}

function slice(list: unknown[], from: bigint, to: bigint): unknown[] {
  if (from < 0n || to < from || to > list.length)
    throw new RangeError(`cannot slice(${from}, ${to}), list has length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

function containsAll(list: readonly unknown[], part: readonly unknown[]): boolean {
  spend(list.length * part.length);
  return part.every((item) => list.some((other) => sameValue(item, other)));
}
