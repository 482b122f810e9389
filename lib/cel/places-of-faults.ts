import { isEvaluating } from "./meter.ts";

let isDone = false;

/**
 * Keeps the library from writing the whole expression into each error of an evaluation: conditions may fail by the
 * thousand where others decide. `node` is any node of any expression.
 */
export function leaveOutPlaces(node: object): void {
  if (isDone) return;
  isDone = true;
  const shared: unknown = Object.getPrototypeOf(node);
  const input = Object.getOwnPropertyDescriptor(shared, "input")?.get;
  if (!input) return;
  Object.defineProperty(shared, "input", {
    configurable: true,
    get() {
      return isEvaluating() ? undefined : input.call(this);
    },
  });
}
