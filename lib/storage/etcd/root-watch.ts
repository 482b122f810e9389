import type { IEvent, IWatchRequest, IWatchResponse, WatchClient } from "etcd3";
import { backoffDelay } from "../../base/backoff.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { StoreEvent } from "../store.ts";
import { toEntry } from "./etcd-calls.ts";

/** The keys that are watched, from `start` up to and without `end`. */
export interface KeySpan {
  start: Buffer;
  end: Buffer;
}

export interface RootWatchHandlers {
  /** Every event up to `revision`, in order, after the ones before. */
  onEvents(events: StoreEvent[], revision: number): void;
  /** Events are lost for good (compaction, or another data set): the watch goes on after `revision`. */
  onGap(revision: number): void;
}

type Stream = Awaited<ReturnType<WatchClient["watch"]>>;

const connectDeadlineMs = 5_000;
const retry = { initialMs: 50, maxMs: 2_000, jitter: 0.5 };

/**
 * One raw watch stream, kept up for good. Its place is the revision of the last event delivered, and only events move
 * it: etcd's progress notifications may overtake events (before 3.4.25 and 3.5.8), so none are asked for. A new stream
 * starts after that place.
 */
export class RootWatch {
  readonly #client: WatchClient;
  readonly #span: KeySpan;
  readonly #handlers: RootWatchHandlers;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #position: number;
  #fragments: IEvent[] = [];
  #failures = 0;
  #running: Promise<void> | undefined;
  #onStarted = () => {};
  readonly #started = new Promise<void>((resolve) => {
    this.#onStarted = resolve;
  });

  constructor(
    client: WatchClient,
    span: KeySpan,
    afterRevision: number,
    handlers: RootWatchHandlers,
    clock: Clock = systemClock,
  ) {
    this.#client = client;
    this.#span = span;
    this.#position = afterRevision;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  /** Connects, and stays connected from then on; resolves when etcd has taken up the watch for the first time. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#started;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#follow(await this.#open(), signal);
      } catch {
        // Down or not up yet. Requests meet the same error and report it; a watch's part is to come back.
      }
      if (signal.aborted) return;
      await this.#clock.sleep(backoffDelay(this.#failures++, retry), signal).catch(() => {});
    }
  }

  async #open(): Promise<Stream> {
    const stream = await this.#client.watch();
    const create: IWatchRequest = {
      create_request: {
        key: this.#span.start,
        range_end: this.#span.end,
        start_revision: this.#position + 1,
        prev_kv: true,
        fragment: true,
      },
    };
    this.#fragments = [];
    stream.write(create);
    return stream;
  }

  /** Resolves when the stream is over, for whatever reason. */
  #follow(stream: Stream, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = () => stream.cancel();
      const deadline = setTimeout(cancel, connectDeadlineMs);
      const end = () => {
        clearTimeout(deadline);
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      signal.addEventListener("abort", cancel, { once: true });
      if (signal.aborted) cancel();
      stream.on("data", (response) => {
        clearTimeout(deadline);
        if (!signal.aborted && !this.#take(response)) cancel();
      });
      stream.on("error", end);
      stream.on("end", end);
    });
  }

  /** Handles one response; false when the stream is of no more use. */
  #take(response: IWatchResponse): boolean {
    if (response.canceled) {
      const compacted = Number(response.compact_revision);
      if (compacted > this.#position) this.#skipTo(compacted);
      return false;
    }
    if (response.created) {
      this.#failures = 0;
      this.#onStarted();
      const newest = Number(response.header.revision);
      if (newest >= this.#position) return true;
      this.#skipTo(newest);
      return false;
    }
    this.#fragments.push(...response.events);
    if (response.fragment || this.#fragments.length === 0) return true;
    this.#deliver(this.#fragments);
    this.#fragments = [];
    return true;
  }

  #skipTo(revision: number): void {
    this.#position = revision;
    this.#handlers.onGap(revision);
  }

  #deliver(received: readonly IEvent[]): void {
    const events = received.map(toEvent).filter(({ revision }) => revision > this.#position);
    const last = events.at(-1);
    if (!last) return;
    this.#position = last.revision;
    this.#handlers.onEvents(events, last.revision);
  }
}

function toEvent({ type, kv, prev_kv }: IEvent): StoreEvent {
  const { key, value, revision } = toEntry(kv);
  const event: StoreEvent = { key, revision };
  if (type === "Put") event.value = value;
  if (prev_kv) event.previous = toEntry(prev_kv);
  return event;
}
