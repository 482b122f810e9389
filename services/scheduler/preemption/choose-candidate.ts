import type { Candidate } from "./find-victims.ts";
import { startMs } from "./importance.ts";

/** What counts, most of all first; the less the better. */
const measures: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => victims[0]?.priority ?? 0,
  // Shifted above zero, so that fewer pods are better also where priorities are negative.
  ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
  ({ victims }) => victims.length,
  // The pods that matter most should have run as short as possible.
  ({ victims }) => {
    const highest = victims[0]?.priority ?? 0;
    return -Math.min(...victims.filter(({ priority }) => priority === highest).map(startMs));
  },
];

/** The candidate whose victims cost least; the first of those that cost the same. */
export function chooseCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let left = candidates;
  for (const measure of measures) {
    if (left.length <= 1) break;
    const costs = left.map(measure);
    const least = costs.reduce((low, cost) => Math.min(low, cost), Number.POSITIVE_INFINITY);
    left = left.filter((_, index) => costs[index] === least);
  }
  return left[0];
}
