import type { StoreEvent, WatchBatch } from "../store.ts";

/** How much is kept. */
export interface RecentEventsLimits {
  events: number;
  bytes: number;
}

/** The most that one batch holds, so that reading it takes a few milliseconds. */
export const batchEventsMax = 250;
export const batchBytesMax = 1024 * 1024;

/**
 * The newest events of a store, in revision order, shared by all its watches: one bounded buffer instead of one for
 * each. Events of one revision are never taken apart.
 */
export class RecentEvents {
  readonly #limits: RecentEventsLimits;
  #events: StoreEvent[] = [];
  #bytes = 0;
  #after: number;
  #revision: number;

  /** Knows every event after `revision` from now on. */
  constructor(revision: number, limits: RecentEventsLimits) {
    this.#after = revision;
    this.#revision = revision;
    this.#limits = limits;
  }

  /** Up to here every event has been appended. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether every event after `revision` is still here. */
  covers(revision: number): boolean {
    return revision >= this.#after;
  }

  append(events: readonly StoreEvent[], revision: number): void {
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += eventBytes(event);
    }
    this.#revision = revision;
    if (this.#events.length > this.#limits.events || this.#bytes > this.#limits.bytes) this.#dropOlderHalf();
  }

  /** Forgets all events, and begins again after `revision`. */
  restart(revision: number): void {
    this.#events = [];
    this.#bytes = 0;
    this.#after = revision;
    this.#revision = revision;
  }

  /** The next events under `prefix` after `revision`, up to a batch's size; the batch says how far it got. */
  read(prefix: string, revision: number): WatchBatch {
    const found: StoreEvent[] = [];
    let bytes = 0;
    for (let index = this.#indexAfter(revision); index < this.#events.length; index++) {
      const event = this.#events[index]!;
      const full = found.length >= batchEventsMax || bytes >= batchBytesMax;
      const last = found.at(-1);
      if (full && last && event.revision !== last.revision) return { events: found, revision: last.revision };
      if (!event.key.startsWith(prefix)) continue;
      found.push(event);
      bytes += eventBytes(event);
    }
    return { events: found, revision: this.#revision };
  }

  /** The index of the first event after `revision`. */
  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Half of them, so that the cost per event stays constant. */
  #dropOlderHalf(): void {
    const middle = this.#events[this.#events.length >> 1];
    this.#after = middle?.revision ?? this.#after;
    for (const event of this.#events.splice(0, this.#indexAfter(this.#after))) this.#bytes -= eventBytes(event);
  }
}

/** About the memory that an event takes. */
export function eventBytes(event: StoreEvent): number {
  return 200 + (event.value?.length ?? 0) + (event.previous?.value.length ?? 0);
}
