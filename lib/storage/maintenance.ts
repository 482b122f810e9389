import { type Clock, systemClock } from "../base/clock.ts";
import type { Store } from "./store.ts";

export interface MaintenanceOptions {
  clock?: Clock;
  /** History older than this goes; 5 minutes when absent. */
  keepMs?: number;
  /** History goes when more revisions than this came after it; 10,000 when absent. */
  keepRevisions?: number;
  /** How often to look; 10 seconds when absent. */
  intervalMs?: number;
  /** Told when a compaction failed; the next one is tried after the interval all the same. */
  onError?: (error: unknown) => void;
}

/** What runs until it is stopped. */
export interface Maintenance {
  /** Resolves when a compaction under way has ended. Idempotent. */
  stop(): Promise<void>;
}

/** Compacts `store` by age and by number of revisions, so that its history does not grow without bound. */
export function startMaintenance(store: Store, options: MaintenanceOptions = {}): Maintenance {
  const stopping = new AbortController();
  const running = run(store, options, stopping.signal);
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

interface Sample {
  at: number;
  revision: number;
}

async function run(store: Store, options: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  const { clock = systemClock, keepMs = 300_000, keepRevisions = 10_000, intervalMs = 10_000, onError } = options;
  const samples: Sample[] = [];
  let compacted = 0;
  while (!signal.aborted) {
    try {
      const revision = await store.currentRevision();
      const now = clock.monotonic();
      samples.push({ at: now, revision });
      const limit = Math.max(takeOlder(samples, now - keepMs), revision - keepRevisions);
      if (limit > compacted) {
        await store.compact(limit);
        compacted = limit;
      }
    } catch (error) {
      if (!signal.aborted) onError?.(error);
    }
    await clock.sleep(intervalMs, signal).catch(() => {});
  }
}

/** The newest revision that was current at `time`, and 0 when none is known; what is older is taken off `samples`. */
function takeOlder(samples: Sample[], time: number): number {
  const newer = samples.findIndex(({ at }) => at > time);
  const older = samples.splice(0, newer === -1 ? samples.length : newer);
  const last = older.at(-1);
  if (!last) return 0;
  // It still is the newest of its age at the next look.
  samples.unshift(last);
  return last.revision;
}
