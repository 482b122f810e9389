import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Smaller heaps have little to give back. */
const heapBytesMin = 128 * 2 ** 20;

/**
 * Gives back what a process needed to begin its work and will not need again; V8 would keep it until it runs out of space.
 * Takes about two milliseconds for each megabyte that stays.
 */
export function collectGarbage(): void {
  if (process.memoryUsage().heapTotal < heapBytesMin) return;
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect !== "function") return;
  // The first time empties pages, the second gives them back.
  collect();
  collect();
}
