import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Removes a group and those below it: directories only, their files are the kernel's. A group stays busy for a moment
 * after its last process; one that stays busy for ten seconds is an error.
 */
export async function removeTree(dir: string, clock: Clock = systemClock): Promise<void> {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(dir, entry.name), clock);
  }
  const deadline = clock.monotonic() + BUSY_TIMEOUT_MS;
  for (let waitMs = 1; !removed(dir); waitMs = Math.min(waitMs * 2, 50)) {
    if (clock.monotonic() > deadline)
      throw new Error(`control group ${dir} is still busy: a process in it does not end`);
    await clock.sleep(waitMs);
  }
}

function removed(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return true;
    if (code === "EBUSY") return false;
    throw error;
  }
}
