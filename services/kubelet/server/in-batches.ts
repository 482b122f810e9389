import { setImmediate as nextTurn } from "node:timers/promises";

const later = Symbol("later");

/**
 * Joins what comes at once: a batch is given out when it weighs `weightMax` or when nothing more is at hand. Reads only
 * one item ahead.
 */
export async function* inBatches<T>(
  items: AsyncIterable<T>,
  weightMax: number,
  weightOf: (item: T) => number,
): AsyncGenerator<T[]> {
  const source = items[Symbol.asyncIterator]();
  let next = source.next();
  // A failure is met where it is awaited, maybe after a pause.
  next.catch(() => {});
  try {
    for (;;) {
      const batch: T[] = [];
      let weight = 0;
      let result: IteratorResult<T> | undefined = await next;
      while (result !== undefined && !result.done) {
        batch.push(result.value);
        weight += weightOf(result.value);
        next = source.next();
        next.catch(() => {});
        result = weight >= weightMax ? undefined : await ifAtHand(next);
      }
      if (batch.length > 0) yield batch;
      if (result?.done) return;
    }
  } finally {
    await source.return?.();
  }
}

/** What a promise gives within this turn of the event loop; undefined when that is not yet known. */
async function ifAtHand<T>(promise: Promise<T>): Promise<T | undefined> {
  const first = await Promise.race([promise, nextTurn(later)]);
  return first === later ? undefined : first;
}
