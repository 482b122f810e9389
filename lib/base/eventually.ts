import { setTimeout as pause } from "node:timers/promises";

/**
 * For tests: what `attempt` answers once it is neither undefined nor false nor throws; its last failure after `withinMs`,
 * which is for a machine that has much else to do.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const late = performance.now() > deadline;
    try {
      const answer = await attempt();
      if (isTrue(answer)) return answer;
      if (late) throw new Error(`still ${answer} after ${withinMs} ms: ${attempt}`);
    } catch (error) {
      if (late) throw error;
    }
    await pause(5);
  }
}

function isTrue<T>(answer: T): answer is Exclude<T, undefined | false> {
  return answer !== undefined && answer !== false;
}
