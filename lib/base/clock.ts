import { setTimeout as sleepReal } from "node:timers/promises";

/** Time as a dependency: production code takes a `Clock`, tests hand in a simulated one. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the machine's time is set. */
  now(): number;
  /** Milliseconds that never run backwards; for measuring spans. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `ms`, unless the returned function is called first. Never keeps the process alive. */
  schedule(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      await sleepReal(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
  schedule,
};

/** Timers cannot wait for longer: they would fire at once. */
const timerMsMax = 2 ** 31 - 1;

function schedule(ms: number, callback: () => void): () => void {
  const step = Math.min(ms, timerMsMax);
  const next = () => {
    if (ms <= timerMsMax) callback();
    else cancel = schedule(ms - step, callback);
  };
  const timer = setTimeout(next, step);
  timer.unref();
  let cancel = () => clearTimeout(timer);
  return () => cancel();
}
