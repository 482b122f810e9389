import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { writeFiguresPage } from "./figures-page.ts";

/** One measured value. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The value must not be above this. */
  goal?: number;
  /** The same measured of a peer in the same run, where there is one. */
  peer?: { what: string; value: number };
}

const results = join(import.meta.dirname, "..", "results");

/** Prints each figure beside its goal, and writes all of them to `results/<benchmark>.json` and `docs/figures.md`. A goal that is missed fails the run. */
export function record(benchmark: string, figures: readonly Figure[]): void {
  for (const figure of figures) console.log(lineOf(figure));
  mkdirSync(results, { recursive: true });
  const content = {
    benchmark,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    figures: figures.map(({ peer, ...figure }) => ({
      ...figure,
      value: rounded(figure.value),
      ...(peer && { peer: { ...peer, value: rounded(peer.value), ratio: rounded(figure.value / peer.value) } }),
    })),
  };
  writeFileSync(join(results, `${benchmark}.json`), `${JSON.stringify(content, null, 2)}\n`);
  writeFiguresPage();
  if (figures.some(missed)) process.exitCode = 1;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function lineOf(figure: Figure): string {
  const { what, value, unit, goal, peer } = figure;
  const versus = peer ? `, ${rounded(value / peer.value)} times ${peer.what}` : "";
  const wanted = goal === undefined ? "" : ` (goal: at most ${goal} ${unit}${missed(figure) ? ": MISSED" : ""})`;
  return `${what}: ${rounded(value)} ${unit}${versus}${wanted}`;
}

function missed({ value, goal }: Figure): boolean {
  return goal !== undefined && !(value <= goal);
}

function machine() {
  const [cpu] = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return { cpu: cpu?.model.trim(), cores: cpus().length, memoryGiB, kernel: kernel(), node: process.version };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** Such as `6.18`. */
function kernel(): string {
  return release().split(".").slice(0, 2).join(".");
}
