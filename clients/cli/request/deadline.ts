import { linkedAbort } from "../../../lib/base/abort.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Context } from "../context.ts";

/**
 * Runs `work` with a signal that aborts after `timeoutMs` (never when 0); then throws what `onTimeout` makes instead of the
 * abort.
 */
export async function withDeadline<T>(
  context: Context,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  const { abort, release } = linkedAbort(context.io.signal);
  const cancel = timeoutMs > 0 ? context.io.clock.schedule(timeoutMs, () => abort.abort(onTimeout())) : () => {};
  try {
    return await work(abort.signal);
  } catch (error) {
    // The call that was under way may fail in its own words.
    if (abort.signal.aborted && isStatusError(error)) throw abort.signal.reason;
    throw error;
  } finally {
    cancel();
    release();
  }
}
