import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import { type Delivery, WatchMessage, type WatchResponse } from "./delivery.ts";

/** How far a watcher may fall behind before it is cut off. */
const waitingEventsMax = 20_000;
const waitingBytesMax = 32 * 1024 * 1024;

type Result = IteratorResult<EncodedMessage<WatchResponse>, undefined>;
const done: Result = { done: true, value: undefined };

/**
 * One consumer's queue of deliveries. What waits is handed over as one message. A consumer that falls too far behind is
 * cut off: its watch ends, and it comes again from the last resource version it saw.
 */
export class Watcher implements AsyncIterableIterator<EncodedMessage<WatchResponse>, undefined> {
  readonly #onEnd: (watcher: Watcher) => void;
  #queue: Delivery[] = [];
  #waitingEvents = 0;
  #waitingBytes = 0;
  #waiting: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  #ended = false;
  #failure: unknown;

  constructor(onEnd: (watcher: Watcher) => void) {
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Queues a delivery, or hands it to a consumer that waits. */
  deliver(delivery: Delivery): void {
    if (this.#ended) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: delivery.message });
      return;
    }
    this.#queue.push(delivery);
    this.#waitingEvents += delivery.frames.length;
    this.#waitingBytes += delivery.size;
    if (this.#waitingEvents > waitingEventsMax || this.#waitingBytes > waitingBytesMax) this.#cutOff();
  }

  /** Ends the watch once what waits is consumed: quietly, or by throwing `failure`. */
  end(failure?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#onEnd(this);
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    if (failure === undefined) waiting.resolve(done);
    else waiting.reject(this.#takeFailure());
  }

  next(): Promise<Result> {
    if (this.#queue.length > 0) return Promise.resolve({ done: false, value: this.#takeAll() });
    if (this.#failure !== undefined) return Promise.reject(this.#takeFailure());
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<Result> {
    this.#queue = [];
    this.end();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #takeAll(): EncodedMessage<WatchResponse> {
    const queue = this.#queue;
    this.#queue = [];
    this.#waitingEvents = 0;
    this.#waitingBytes = 0;
    const [first] = queue;
    if (queue.length === 1 && first) return first.message;
    return new WatchMessage(queue.flatMap((delivery) => [...delivery.frames]));
  }

  #takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #cutOff(): void {
    this.#queue = [];
    this.end();
  }
}
