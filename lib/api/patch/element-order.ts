import { deepEqual } from "../deep.ts";
import { isRecord } from "../records.ts";

/** Finds where elements stand in an order that is given as elements or as their merge keys. */
export class ElementOrder {
  readonly #positions = new Map<unknown, number>();
  readonly #mergeKey: string;

  /** `mergeKey` is empty for lists of plain values. */
  constructor(order: readonly unknown[], mergeKey: string) {
    this.#mergeKey = mergeKey;
    for (const [index, element] of order.entries()) {
      const identity = identityOf(element, mergeKey);
      if (!this.#positions.has(identity)) this.#positions.set(identity, index);
    }
  }

  has(element: unknown): boolean {
    return this.#positions.has(identityOf(element, this.#mergeKey));
  }

  /** Negative when the element has no place. */
  position(element: unknown): number {
    return this.#positions.get(identityOf(element, this.#mergeKey)) ?? -1;
  }

  /** The elements by their place; those without one first, as they came. */
  sorted(elements: readonly unknown[]): unknown[] {
    return [...elements].sort((a, b) => this.position(a) - this.position(b));
  }
}

/** What two elements share when they are the same one. */
function identityOf(element: unknown, mergeKey: string): unknown {
  return mergeKey && isRecord(element) ? element[mergeKey] : element;
}

/** Whether two lists have the same elements, by identity, in the same order. */
export function isOrderSame(left: readonly unknown[], right: readonly unknown[], mergeKey: string): boolean {
  return (
    left.length === right.length &&
    left.every((element, index) => deepEqual(identityOf(element, mergeKey), identityOf(right[index], mergeKey)))
  );
}

/**
 * Puts the elements of a merged list in order: those in `wanted` as there, the others as in `before`, and each of the
 * others ahead of the wanted ones that it stood ahead of.
 */
export function orderElements(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const wantedOrder = new ElementOrder(wanted, mergeKey);
  const beforeOrder = new ElementOrder(before, mergeKey);
  const named = wantedOrder.sorted(merged.filter((element) => wantedOrder.has(element)));
  const others = beforeOrder.sorted(merged.filter((element) => !wantedOrder.has(element)));
  const result: unknown[] = [];
  let next = 0;
  for (const element of named) {
    const place = beforeOrder.position(element);
    while (next < others.length && place >= 0) {
      const otherPlace = beforeOrder.position(others[next]);
      if (otherPlace < 0 || otherPlace > place) break;
      result.push(others[next++]);
    }
    result.push(element);
  }
  return [...result, ...others.slice(next)];
}
