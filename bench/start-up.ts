/**
 * From the start of the process `typernetes up`, on an empty data directory, until a client that polls `/readyz` over HTTPS has its first
 * answer; against a Node that does nothing, in alternating runs. Usage: start-up.ts [runs]
 */
import { spawnSync } from "node:child_process";
import { startProgram } from "./support/program.ts";
import { median, record } from "./support/record.ts";

const runs = Number(process.argv[2] ?? 15);
const ready: number[] = [];
const complete: number[] = [];
const cpu: number[] = [];
const bare: number[] = [];
for (let run = 0; run < runs; run++) {
  const start = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  bare.push(performance.now() - start);
  const program = await startProgram();
  ready.push(program.readyMs);
  complete.push(program.completeMs);
  cpu.push(program.cpuMs);
  await program.stop();
}

const peer = { what: "a Node that does nothing", value: median(bare) };
record("start-up", [
  { what: "typernetes up to API ready, first start", value: median(ready), unit: "ms", goal: 400, peer },
  { what: "fastest of the starts", value: Math.min(...ready), unit: "ms" },
  { what: "CPU time until API ready", value: median(cpu), unit: "ms" },
  { what: "typernetes up to cluster complete", value: median(complete), unit: "ms" },
]);
