import type { WatchBatch } from "../store.ts";
import type { WatchFeed } from "./watch-feed.ts";

type Result = IteratorResult<WatchBatch, undefined>;

export interface ResumedWatchFeeds {
  own: WatchFeed;
  closeOwn: () => Promise<void>;
  main: WatchFeed;
}

/**
 * A watch from a revision that the main feed no longer has: it reads from a feed of its own until that has caught up,
 * and then goes over to the main one.
 */
export class ResumedWatch implements AsyncIterator<WatchBatch, undefined> {
  readonly #feeds: ResumedWatchFeeds;
  readonly #prefix: string;
  readonly #signal: AbortSignal | undefined;
  #events: AsyncIterator<WatchBatch, undefined>;
  #meetingRevision: number | undefined;
  #position: number;
  #caughtUp = false;

  /** `meetingRevision` resolves with a revision after the feeds' current ones, of which both will hear. */
  constructor(
    feeds: ResumedWatchFeeds,
    prefix: string,
    fromRevision: number,
    meetingRevision: Promise<number>,
    signal: AbortSignal | undefined,
  ) {
    this.#feeds = feeds;
    this.#prefix = prefix;
    this.#signal = signal;
    this.#position = fromRevision;
    this.#events = feeds.own.hub.watch(prefix, fromRevision, signal);
    meetingRevision.then(
      (revision) => {
        this.#meetingRevision = revision;
        feeds.own.hub.expectProgress(revision);
      },
      () => void this.return(),
    );
    signal?.addEventListener("abort", () => void this.return(), { once: true });
  }

  async next(): Promise<Result> {
    const result = await this.#next();
    if (this.#caughtUp) return result;
    if (result.done) {
      await this.#feeds.closeOwn();
      return result;
    }
    this.#position = result.value.revision;
    if (this.#meetingRevision !== undefined && this.#position >= this.#meetingRevision) await this.#goOver();
    return result;
  }

  async #next(): Promise<Result> {
    try {
      return await this.#events.next();
    } catch (error) {
      if (!this.#caughtUp) await this.#feeds.closeOwn();
      throw error;
    }
  }

  async return(): Promise<Result> {
    await this.#events.return?.();
    if (!this.#caughtUp) await this.#feeds.closeOwn();
    return { done: true, value: undefined };
  }

  async #goOver(): Promise<void> {
    this.#caughtUp = true;
    this.#events = this.#feeds.main.hub.watch(this.#prefix, this.#position, this.#signal);
    await this.#feeds.closeOwn();
  }
}
