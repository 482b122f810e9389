import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";

/** A request whose answer must not take for ever. */
export interface Limited {
  readonly isLongRunning: boolean;
  readonly gone: boolean;
}

export const defaultRequestTimeoutMs = 60_000;
const lookIntervalMs = 1_000;

/**
 * A request in the order of deadlines. A linked list, because what leaves it can be made to point at nothing: the old
 * tables of a Map that many come to and go from point at the new ones, and keep what is long done alive.
 */
class Entry<R extends Limited> {
  readonly request: R;
  readonly deadline: number;
  /** Undoes the timer of a request with a limit of its own, which is in no list. */
  cancel: (() => void) | undefined;
  before: Entry<R> | undefined;
  after: Entry<R> | undefined;

  constructor(request: R, deadline: number) {
    this.request = request;
    this.deadline = deadline;
  }
}

/** Ends requests that last too long. Those with the common limit are in order, so that a look costs next to nothing. */
export class RequestDeadlines<R extends Limited> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #expire: (request: R) => void;
  #first: Entry<R> | undefined;
  #last: Entry<R> | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, timeoutMs: number, expire: (request: R) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  /** Watches over a request until its `end`. `wanted` is what its client asks for as `timeout`: `5s`. @throws StatusError BadRequest. */
  begin(request: R, wanted?: string | null): Entry<R> {
    const ownMs = wanted ? Math.min(durationMs(wanted), this.#timeoutMs) : 0;
    const entry = new Entry(request, this.#clock.monotonic() + (ownMs || this.#timeoutMs));
    if (ownMs > 0) entry.cancel = this.#clock.schedule(ownMs, () => this.#end(request));
    else this.#append(entry);
    return entry;
  }

  /** The request has been answered. */
  end(entry: Entry<R>): void {
    if (entry.cancel) entry.cancel();
    else this.#remove(entry);
  }

  #append(entry: Entry<R>): void {
    entry.before = this.#last;
    if (this.#last) this.#last.after = entry;
    else this.#first = entry;
    this.#last = entry;
    this.#cancel ??= this.#clock.schedule(lookIntervalMs, () => this.#look());
  }

  #remove(entry: Entry<R>): void {
    const { before, after } = entry;
    if (before) before.after = after;
    else if (this.#first === entry) this.#first = after;
    if (after) after.before = before;
    else if (this.#last === entry) this.#last = before;
    entry.before = undefined;
    entry.after = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#clock.monotonic();
    for (let entry = this.#first; entry && entry.deadline <= now; entry = this.#first) {
      this.#remove(entry);
      this.#end(entry.request);
    }
    if (this.#first) this.#cancel = this.#clock.schedule(lookIntervalMs, () => this.#look());
  }

  #end(request: R): void {
    if (!request.isLongRunning && !request.gone) this.#expire(request);
  }
}

/** What the client of a request is told that has lasted too long. */
export function requestTimeout(): StatusError {
  return new StatusError("Timeout", "Timeout: request did not complete within the allotted timeout");
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  us: 0.001,
  µs: 0.001,
  ns: 1e-6,
};

function durationMs(text: string): number {
  const whole = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
  if (text === "0") return 0;
  if (!whole.test(text)) {
    const message = `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`;
    throw new StatusError("BadRequest", message);
  }
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(amount) * (units[unit ?? ""] ?? 0);
  return sum;
}
