import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";

const BUSY_TIMEOUT_MS = 30_000;

/**
 * Removes a group and those below it: directories only, their files are the kernel's. A group stays busy for a moment
 * after its last process; one that stays busy for half a minute is an error.
 */
export async function removeTree(dir: string, clock: Clock = systemClock): Promise<void> {
  for (const name of directoriesIn(dir)) await removeTree(join(dir, name), clock);
  const deadline = clock.monotonic() + BUSY_TIMEOUT_MS;
  for (let waitMs = 1; !removed(dir); waitMs = Math.min(waitMs * 2, 50)) {
    if (clock.monotonic() > deadline)
      throw new Error(`control group ${dir} is still busy: a process in it does not end`);
    await clock.sleep(waitMs);
  }
}

/** None when it is gone, or goes meanwhile. */
function directoriesIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
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
