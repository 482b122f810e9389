import type { Clock } from "../../base/clock.ts";
import type { Lease } from "./lease.ts";
import type { Snapshot } from "./snapshot.ts";

const sliceMax = 256;
const delayMsMax = 3_600_000;
const retryMs = 1_000;

/** Watches the clock for leases that end, and hands them over when they do. */
export class LeaseTimer {
  readonly #snapshot: () => Snapshot;
  readonly #clock: Clock;
  readonly #expire: (leases: Lease[]) => Promise<unknown>;
  #cancel: (() => void) | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** `expire` removes the keys and the leases, of which it gets at most a slice at a time. */
  constructor(snapshot: () => Snapshot, clock: Clock, expire: (leases: Lease[]) => Promise<unknown>) {
    this.#snapshot = snapshot;
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Wakes up for the earliest lease on disk. */
  start(): void {
    const [first] = this.#snapshot().leasesBefore(Number.MAX_SAFE_INTEGER, 1);
    if (first) this.expect(first.endsAt);
  }

  /** A lease ends at `at`, in milliseconds since the epoch. */
  expect(at: number): void {
    if (at >= this.#nextAt || this.#stopped) return;
    this.#cancel?.();
    this.#nextAt = at;
    const delay = Math.min(delayMsMax, Math.max(0, at - this.#clock.now()));
    this.#cancel = this.#clock.schedule(delay, () => void this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY;
    try {
      const due = this.#snapshot().leasesBefore(this.#clock.now() + 1, sliceMax);
      if (due.length > 0) await this.#expire(due);
      if (!this.#stopped) this.start();
    } catch {
      // The disk refused the removals, and their own callers report it; the leases are still there.
      this.expect(this.#clock.now() + retryMs);
    }
  }
}
