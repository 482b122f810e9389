/**
 * What a cluster of one node without pods costs: memory of all its processes after a minute, and processor time over half
 * a minute. Usage: idle.ts [runs] [seconds until measured]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsOf, residentMbOf, startProgram } from "./support/program.ts";
import { median, record } from "./support/record.ts";

const runs = Number(process.argv[2] ?? 3);
const settleMs = Number(process.argv[3] ?? 60) * 1000;
const measuredMs = 30_000;

const memory: number[] = [];
const processor: number[] = [];
for (let run = 0; run < runs; run++) {
  const program = await startProgram();
  await sleep(settleMs);
  const before = sum(program.pids(), cpuMsOf);
  await sleep(measuredMs);
  processor.push(((sum(program.pids(), cpuMsOf) - before) / measuredMs) * 100);
  memory.push(sum(program.pids(), residentMbOf));
  await program.stop();
}
record("idle", [
  { what: "idle all-in-one, resident memory", value: median(memory), unit: "MB", goal: 150 },
  { what: "idle all-in-one, of a core", value: median(processor), unit: "%", goal: 2 },
]);

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}
