import { readdirSync } from "node:fs";
import { processOf, servicesOf } from "../../story/services.ts";
import type { Stage } from "../../story/stage.ts";
import { readProc } from "../../support/traces.ts";

const pageBytes = 4096;

/** What one process of a service holds. */
export interface Holding {
  pid: number;
  residentBytes: number;
  descriptors: number;
}

/** What each service's process holds now. */
export function holdings(stage: Stage): Map<string, Holding> {
  const found = new Map<string, Holding>();
  for (const name of servicesOf(stage)) {
    const pid = processOf(stage, name);
    if (pid === undefined) continue;
    const pages = Number(readProc(String(pid), "statm").split(" ")[1]);
    found.set(name, { pid, residentBytes: pages * pageBytes, descriptors: readdirSync(`/proc/${pid}/fd`).length });
  }
  return found;
}

/** What processes that have lived since `before` hold far more of than then, a line each. */
export function growth(before: ReadonlyMap<string, Holding>, now: ReadonlyMap<string, Holding>): string[] {
  return [...now].flatMap(([name, { pid, residentBytes, descriptors }]) => {
    const then = before.get(name);
    if (then?.pid !== pid) return [];
    const grown = [];
    if (residentBytes > then.residentBytes * 1.5 + 64 * 2 ** 20)
      grown.push(`${name} had ${then.residentBytes} bytes, has ${residentBytes}`);
    if (descriptors > then.descriptors * 1.5 + 40)
      grown.push(`${name} had ${then.descriptors} descriptors, has ${descriptors}`);
    return grown;
  });
}
