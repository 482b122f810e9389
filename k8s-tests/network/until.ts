import assert from "node:assert/strict";
import { waitFor } from "../support/wait.ts";

/** Resolves when `look` answers what is expected, as rules take a moment; tells what it answers instead when it never does. */
export async function until<T>(expected: T, look: () => Promise<T>, what = "the answer"): Promise<void> {
  let last: T | undefined;
  try {
    await waitFor(what, async () => {
      last = await look();
      try {
        assert.deepEqual(last, expected);
        return true;
      } catch {
        return false;
      }
    });
  } catch (error) {
    assert.deepEqual(last, expected, `${what}: ${error instanceof Error ? (error.cause ?? error.message) : error}`);
    throw error;
  }
}
