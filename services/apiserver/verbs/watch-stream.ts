import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { WatchResponse } from "../watch-cache/delivery.ts";
import type { Watcher } from "../watch-cache/watcher.ts";

type Message = EncodedMessage<WatchResponse>;
type Result = IteratorResult<Message, undefined>;

/** What a watch sends before it follows the cache; answers the watcher that does, if it comes to that. */
export type Prologue = AsyncGenerator<Message, Watcher | undefined, undefined>;

/** A prologue and then a watcher. Events of the watcher pass without a detour: there may be a thousand such streams. */
export class WatchStream implements AsyncIterableIterator<Message, undefined> {
  readonly #prologue: Prologue;
  readonly #onEnd: () => void;
  readonly #toError: (error: unknown) => unknown;
  #watcher: Watcher | undefined;

  /** `onEnd` is called when the consumer leaves, or the prologue fails: with what `toError` makes of its error. */
  constructor(prologue: Prologue, onEnd: () => void, toError: (error: unknown) => unknown) {
    this.#toError = toError;
    this.#prologue = prologue;
    this.#onEnd = onEnd;
  }

  next(): Promise<Result> {
    return this.#watcher ? this.#watcher.next() : this.#begin();
  }

  async return(): Promise<Result> {
    this.#onEnd();
    await (this.#watcher ?? this.#prologue).return(undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #begin(): Promise<Result> {
    const result = await this.#prologue.next().catch((error) => {
      this.#onEnd();
      throw this.#toError(error);
    });
    if (!result.done) return result;
    this.#watcher = result.value;
    return this.#watcher ? this.#watcher.next() : { done: true, value: undefined };
  }
}
