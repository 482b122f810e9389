import type { Caller } from "../../core.ts";

type Duplex<Req, Res> = (requests: AsyncIterable<Req>, caller: Caller) => AsyncIterable<Res>;

/** A call of a method that streams both ways, which was let in and understood. */
export interface OpenCall<Req, Res> {
  /** Resolves when the message was taken, or nobody wants it any more. */
  send(message: Req): Promise<void>;
  /** No more messages come. */
  end(): void;
  readonly responses: AsyncIterable<Res>;
}

/** Begins a call; throws what the method has against it before it wants more than the first message. */
export async function openCall<Req, Res>(
  method: Duplex<Req, Res>,
  first: Req,
  caller: Caller,
): Promise<OpenCall<Req, Res>> {
  const input = new CallInput(first);
  caller.signal.addEventListener("abort", () => input.end(), { once: true });
  const responses = method(input, caller)[Symbol.asyncIterator]();
  const response = responses.next();
  response.catch(() => input.end());
  await Promise.race([input.wanted, response]);
  return {
    send: (message) => input.send(message),
    end: () => input.end(),
    responses: responsesFrom(response, responses, input),
  };
}

async function* responsesFrom<Req, Res>(
  first: Promise<IteratorResult<Res>>,
  rest: AsyncIterator<Res>,
  input: CallInput<Req>,
): AsyncGenerator<Res> {
  try {
    for (let result = await first; !result.done; result = await rest.next()) yield result.value;
  } finally {
    input.end();
    await rest.return?.();
  }
}

interface Waiting<Req> {
  readonly message: Req;
  readonly taken: () => void;
}

/** Messages on their way into a call. Whoever sends waits: no more lie here than there are senders. */
class CallInput<Req> implements AsyncIterableIterator<Req> {
  #first: { message: Req } | undefined;
  readonly #waiting: Waiting<Req>[] = [];
  #isEnded = false;
  #wake = () => {};
  #want = () => {};
  /** Resolves when more than the first message is asked for. */
  readonly wanted = new Promise<void>((resolve) => {
    this.#want = resolve;
  });

  constructor(first: Req) {
    this.#first = { message: first };
  }

  send(message: Req): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((taken) => {
      this.#waiting.push({ message, taken });
      this.#wake();
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
    for (const { taken } of this.#waiting) taken();
  }

  async next(): Promise<IteratorResult<Req>> {
    if (this.#first) {
      const value = this.#first.message;
      this.#first = undefined;
      return { done: false, value };
    }
    this.#want();
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        next.taken();
        return { done: false, value: next.message };
      }
      if (this.#isEnded) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Req>> {
    this.end();
    this.#waiting.length = 0;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
