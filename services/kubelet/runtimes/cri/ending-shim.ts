import { backoffDelay } from "../../../../lib/base/backoff.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import { isRefusal } from "./cri-client.ts";

const triesMax = 7;
const backoff = { initialMs: 50, maxMs: 2_000 };

/**
 * Asks containerd to stop or remove something: once more when the shim that it asked in turn ended in that very moment, as
 * then it has not been told of that yet.
 */
export async function despiteEndingShim(clock: Clock, ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (attempt + 1 >= triesMax || !isRefusal(error) || !error.message.includes("ttrpc: closed")) throw error;
    }
    await clock.sleep(backoffDelay(attempt, backoff));
  }
}
