import type { StoreEvent, WatchBatch } from "../store.ts";
import type { PendingWrite } from "./group-commit.ts";
import type { Snapshot } from "./snapshot.ts";

const recentEventsMax = 4096;
const recentBytesMax = 8 * 1024 * 1024;
const batchEventsMax = 500;
const batchBytesMax = 1024 * 1024;
const batchScanMax = 2000;

/**
 * Events in revision order: the recent ones in memory, shared by all watches, older ones read from the log. So a watch
 * that falls behind costs no memory; it ends only when compaction overtakes it.
 */
export class History {
  readonly #snapshot: () => Snapshot;
  #recent: StoreEvent[] = [];
  #recentBytes = 0;
  /** Every event after this revision is in `#recent`. */
  #recentAfter: number;

  constructor(snapshot: () => Snapshot) {
    this.#snapshot = snapshot;
    this.#recentAfter = snapshot().revision;
  }

  /** Takes in writes that are on disk and in the current snapshot. */
  append(writes: readonly PendingWrite[]): void {
    const snapshot = this.#snapshot();
    for (const { key, revision, value, before } of writes) {
      const event: StoreEvent = { key, revision };
      if (value) event.value = value;
      if (before && !before.removed) event.previous = snapshot.entryAt(key, before.revision);
      this.#recent.push(event);
      this.#recentBytes += eventBytes(event);
    }
    this.#trim();
  }

  /** Nobody watches: what was kept in memory goes, and is read from the log when it is asked for. */
  forget(): void {
    this.#recent = [];
    this.#recentBytes = 0;
    this.#recentAfter = this.#snapshot().revision;
  }

  /** Whether what follows `revision` is in memory. */
  isRecent(revision: number): boolean {
    return revision >= this.#recentAfter;
  }

  /** The next events under `prefix` after `revision`, up to a batch's size; `revision` of the answer says how far it got. */
  read(prefix: string, revision: number): WatchBatch {
    return this.isRecent(revision) ? this.#readRecent(prefix, revision) : this.#readLog(prefix, revision);
  }

  #readRecent(prefix: string, after: number): WatchBatch {
    const events: StoreEvent[] = [];
    let bytes = 0;
    for (let index = this.#indexAfter(after); index < this.#recent.length; index++) {
      const event = this.#recent[index]!;
      if (!event.key.startsWith(prefix)) continue;
      events.push(event);
      bytes += eventBytes(event);
      if (events.length >= batchEventsMax || bytes >= batchBytesMax) return { events, revision: event.revision };
    }
    return { events, revision: this.#snapshot().revision };
  }

  #readLog(prefix: string, after: number): WatchBatch {
    const snapshot = this.#snapshot();
    const events: StoreEvent[] = [];
    let bytes = 0;
    let scanned = 0;
    for (const { revision, record } of snapshot.recordsAfter(after)) {
      if (record.key.startsWith(prefix)) {
        const event: StoreEvent = { key: record.key, revision };
        if (record.value) event.value = record.value;
        if (record.replaces) event.previous = snapshot.entryAt(record.key, record.previous);
        events.push(event);
        bytes += eventBytes(event);
      }
      if (++scanned >= batchScanMax || events.length >= batchEventsMax || bytes >= batchBytesMax) {
        return { events, revision };
      }
    }
    return { events, revision: snapshot.revision };
  }

  /** The index of the first recent event after `revision`. */
  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#recent.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#recent[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops the older half when there is too much, so that the cost per event stays constant. */
  #trim(): void {
    if (this.#recent.length <= recentEventsMax && this.#recentBytes <= recentBytesMax) return;
    const dropped = this.#recent.splice(0, Math.ceil(this.#recent.length / 2));
    this.#recentAfter = dropped.at(-1)?.revision ?? this.#recentAfter;
    for (const event of dropped) this.#recentBytes -= eventBytes(event);
  }
}

function eventBytes(event: StoreEvent): number {
  return 200 + (event.value?.length ?? 0) + (event.previous?.value.length ?? 0);
}
