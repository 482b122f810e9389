import type { CacheEvent } from "./cache-event.ts";

/** The recent events of a resource, for watches that begin a little in the past. Bounded by count and by bytes. */
export class EventLog {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events: CacheEvent[] = [];
  #bytes = 0;
  /** Every event after this revision is in the log. */
  #completeAfter: number;

  constructor(completeAfter: number, bounds: { maxEvents: number; maxBytes: number }) {
    this.#completeAfter = completeAfter;
    this.#maxEvents = bounds.maxEvents;
    this.#maxBytes = bounds.maxBytes;
  }

  get completeAfter(): number {
    return this.#completeAfter;
  }

  append(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += event.size;
    if (this.#events.length > this.#maxEvents || this.#bytes > this.#maxBytes) this.#dropOlderHalf();
  }

  /** Forgets everything: the log is complete after `revision` only. */
  reset(revision: number): void {
    this.#events = [];
    this.#bytes = 0;
    this.#completeAfter = revision;
  }

  /** Events after `revision`, or undefined when they are not all here. */
  after(revision: number): CacheEvent[] | undefined {
    if (revision < this.#completeAfter) return undefined;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  #dropOlderHalf(): void {
    const dropped = this.#events.splice(0, Math.ceil(this.#events.length / 2));
    for (const event of dropped) this.#bytes -= event.size;
    this.#completeAfter = dropped.at(-1)?.revision ?? this.#completeAfter;
  }
}
