import type { WatchClient } from "etcd3";
import { StoreError, type StoreEvent, type WatchBatch } from "../store.ts";
import type { WatchSource } from "../watching/pulled-watch.ts";
import { RecentEvents, type RecentEventsLimits } from "../watching/recent-events.ts";
import { WatchHub } from "../watching/watch-hub.ts";
import { type KeySpan, RootWatch } from "./root-watch.ts";

/** What etcd's one stream delivers, kept for a while and taken apart for any number of watches. */
export class WatchFeed implements WatchSource {
  readonly hub: WatchHub;
  /** Resolves when the stream is there for the first time. */
  readonly started: Promise<void>;
  readonly #recent: RecentEvents;
  readonly #root: RootWatch;
  readonly #compactedRevision: () => number;

  /** Events whose key does not begin with `prefix` are the store's own, and count as progress only. */
  constructor(
    client: WatchClient,
    span: KeySpan,
    prefix: string,
    afterRevision: number,
    compactedRevision: () => number,
    options: { limits: RecentEventsLimits; progressIntervalMs: number },
  ) {
    this.#recent = new RecentEvents(afterRevision, options.limits);
    this.#compactedRevision = compactedRevision;
    this.hub = new WatchHub(this, options.progressIntervalMs);
    this.#root = new RootWatch(client, span, afterRevision, {
      onEvents: (events, revision) => this.#append(events, revision, prefix),
      onGap: (revision) => {
        this.#recent.restart(revision);
        this.hub.fail(new StoreError("Compacted", `events before revision ${revision} were lost to compaction`));
      },
    });
    this.started = this.#root.start();
  }

  get revision(): number {
    return this.#recent.revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision();
  }

  isRecent(revision: number): boolean {
    return this.#recent.covers(revision);
  }

  read(prefix: string, revision: number): WatchBatch {
    if (this.isRecent(revision)) return this.#recent.read(prefix, revision);
    throw new StoreError("Compacted", `events after revision ${revision} are no longer kept for a watch so slow`);
  }

  async close(): Promise<void> {
    this.hub.close();
    await this.#root.close();
  }

  #append(events: StoreEvent[], revision: number, prefix: string): void {
    this.#recent.append(
      events.filter(({ key }) => key.startsWith(prefix)),
      revision,
    );
    this.hub.wake();
  }
}
