import type { Clock } from "../../../lib/base/clock.ts";

/** What a command that has ended may still have on the way to its reader. */
export interface WaitingOutput {
  /** What came so far, in any unit that grows. */
  progress(): number;
  /** Whether the reader has not taken all of it. */
  isBehind(): boolean;
}

/** How long what a command wrote waits for a slow reader once it has ended. */
const readerDeadlineMs = 60_000;

/**
 * Resolves once nothing has come and nobody was behind for `intervalMs`, twice in turn: after a pause of this process its
 * timers fire before it sees what came meanwhile. Resolves too when a minute is over, or `signal` says so.
 */
export async function untilQuiet(
  clock: Clock,
  intervalMs: number,
  output: WaitingOutput,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + readerDeadlineMs;
  for (let quiet = 0; quiet < 2 && !signal?.aborted && clock.monotonic() < deadline; ) {
    const before = output.progress();
    const wasBehind = output.isBehind();
    await clock.sleep(intervalMs, signal).catch(() => {}); // no longer wanted
    quiet = wasBehind || output.isBehind() || output.progress() !== before ? 0 : quiet + 1;
  }
}
