/**
 * How raw scores become 0 to 100: `none` they are already; `highest` the highest is 100; `lowest` the highest is 0; `range`
 * from the lowest, 0, to the highest, 100; `spread` as `lowest` but the lowest is 100, and what is not a number is 0.
 */
export type Normalisation = "none" | "highest" | "lowest" | "range" | "spread";

/** Brings the raw scores of all nodes into 0 to 100, in place. */
export function normalise(scores: Float64Array, how: Normalisation): void {
  if (how === "none") return;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (const score of scores) {
    if (score > highest) highest = score;
    if (score < lowest) lowest = score;
  }
  const scale = scales[how](lowest, highest);
  for (let index = 0; index < scores.length; index++) scores[index] = scale(scores[index] ?? 0);
}

type Scale = (lowest: number, highest: number) => (score: number) => number;

const scales: Readonly<Record<Exclude<Normalisation, "none">, Scale>> = {
  highest: (_, highest) => (highest <= 0 ? () => 0 : (score) => Math.floor((score * 100) / highest)),
  lowest: (_, highest) => (highest <= 0 ? () => 100 : (score) => 100 - Math.floor((score * 100) / highest)),
  range: (lowest, highest) =>
    highest <= lowest ? () => 0 : (score) => Math.trunc((100 * (score - lowest)) / (highest - lowest)),
  spread: (lowest, highest) => (score) => {
    if (Number.isNaN(score)) return 0;
    return highest === 0 ? 100 : Math.floor((100 * (highest + lowest - score)) / highest);
  },
};
