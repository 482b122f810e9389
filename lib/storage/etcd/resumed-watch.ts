import type { WatchBatch } from "../store.ts";
import type { WatchFeed } from "./watch-feed.ts";

type Result = IteratorResult<WatchBatch, undefined>;

/**
 * A watch from a revision that the main feed no longer has: it reads from a feed of its own until that has caught up,
 * and then goes over to the main one.
 */
export class ResumedWatch implements AsyncIterator<WatchBatch, undefined> {
  readonly #own: WatchFeed;
  readonly #main: WatchFeed;
  readonly #prefix: string;
  readonly #signal: AbortSignal | undefined;
  #events: AsyncIterator<WatchBatch, undefined>;
  #meetingRevision: number | undefined;
  #position: number;
  #caughtUp = false;

  /** `meetingRevision` resolves with a revision after the feeds' current ones, of which both will hear. */
  constructor(
    own: WatchFeed,
    main: WatchFeed,
    prefix: string,
    fromRevision: number,
    meetingRevision: Promise<number>,
    signal: AbortSignal | undefined,
  ) {
    this.#own = own;
    this.#main = main;
    this.#prefix = prefix;
    this.#signal = signal;
    this.#position = fromRevision;
    this.#events = own.hub.watch(prefix, fromRevision, signal);
    meetingRevision.then(
      (revision) => {
        this.#meetingRevision = revision;
        own.hub.expectProgress(revision);
      },
      () => void this.return(),
    );
  }

  async next(): Promise<Result> {
    const result = await this.#events.next();
    if (this.#caughtUp) return result;
    if (result.done) {
      await this.#own.close();
      return result;
    }
    this.#position = result.value.revision;
    if (this.#meetingRevision !== undefined && this.#position >= this.#meetingRevision) await this.#goOver();
    return result;
  }

  async return(): Promise<Result> {
    await this.#events.return?.();
    if (!this.#caughtUp) await this.#own.close();
    return { done: true, value: undefined };
  }

  async #goOver(): Promise<void> {
    this.#caughtUp = true;
    this.#events = this.#main.hub.watch(this.#prefix, this.#position, this.#signal);
    await this.#own.close();
  }
}
