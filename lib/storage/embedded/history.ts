import type { StoreEvent, WatchBatch } from "../store.ts";
import type { WatchSource } from "../watching/pulled-watch.ts";
import { batchBytesMax, batchEventsMax, eventBytes, RecentEvents } from "../watching/recent-events.ts";
import type { PendingWrite } from "./group-commit.ts";
import type { Snapshot } from "./snapshot.ts";

const recentMax = { events: 4096, bytes: 8 * 1024 * 1024 };
const batchScanMax = 500;

/**
 * The recent events from memory, older ones from the log. So a watch that falls behind costs no memory; it ends only
 * when compaction overtakes it.
 */
export class History implements WatchSource {
  readonly #snapshot: () => Snapshot;
  readonly #compactedRevision: () => number;
  readonly #recent: RecentEvents;

  constructor(snapshot: () => Snapshot, compactedRevision: () => number) {
    this.#snapshot = snapshot;
    this.#compactedRevision = compactedRevision;
    this.#recent = new RecentEvents(snapshot().revision, recentMax);
  }

  get revision(): number {
    return this.#snapshot().revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision();
  }

  /** Takes in writes that are on disk and in the current snapshot. */
  append(writes: readonly PendingWrite[]): void {
    const snapshot = this.#snapshot();
    const events = writes.map(({ key, revision, value, before }) => {
      const event: StoreEvent = { key, revision };
      if (value) event.value = value;
      if (before && !before.removed) event.previous = snapshot.entryAt(key, before.revision);
      return event;
    });
    this.#recent.append(events, snapshot.revision);
  }

  /** Keeps nothing in memory: what is before now is read from the log when it is asked for. */
  forget(): void {
    this.#recent.restart(this.#snapshot().revision);
  }

  isRecent(revision: number): boolean {
    return this.#recent.covers(revision);
  }

  read(prefix: string, revision: number): WatchBatch {
    return this.isRecent(revision) ? this.#recent.read(prefix, revision) : this.#readLog(prefix, revision);
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
}
