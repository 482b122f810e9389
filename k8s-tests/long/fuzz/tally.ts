import type { OddRequest } from "./odd-request.ts";

const slowestMax = 5;

/** What came of many requests. */
export class Tally {
  readonly #counts = new Map<number, number>();
  #slowest: { request: string; ms: number }[] = [];
  #total = 0;

  add({ method, path }: OddRequest, status: number, ms: number): void {
    this.#total++;
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
    if (ms <= (this.#slowest.at(-1)?.ms ?? 0) && this.#slowest.length >= slowestMax) return;
    this.#slowest.push({ request: `${method} ${path.slice(0, 200)} ${status}`, ms: Math.round(ms) });
    this.#slowest = this.#slowest.sort((left, right) => right.ms - left.ms).slice(0, slowestMax);
  }

  /** How many of the requests ended with this status, from 0 to 1. */
  share(status: number): number {
    return (this.#counts.get(status) ?? 0) / this.#total;
  }

  told(): object {
    return { counts: Object.fromEntries(this.#counts), slowest: this.#slowest };
  }
}
