import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";

/** A request whose answer must not take for ever. */
export interface Limited {
  readonly isLongRunning: boolean;
  readonly gone: boolean;
}

export const defaultRequestTimeoutMs = 60_000;
const lookIntervalMs = 1_000;

/** Ends requests that last too long. Those with the common limit are in order, so that a look costs next to nothing. */
export class RequestDeadlines<R extends Limited> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #expire: (request: R) => void;
  readonly #open = new Map<R, number>();
  /** What undoes the timers of requests with a limit of their own. */
  readonly #own = new Map<R, () => void>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, timeoutMs: number, expire: (request: R) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  /** Watches over a request. `wanted` is what its client asks for as `timeout`: `5s`. @throws StatusError BadRequest. */
  begin(request: R, wanted?: string | null): void {
    if (wanted) {
      const ownMs = Math.min(durationMs(wanted), this.#timeoutMs);
      if (ownMs > 0) {
        this.#own.set(
          request,
          this.#clock.schedule(ownMs, () => this.#end(request)),
        );
        return;
      }
    }
    this.#open.set(request, this.#clock.monotonic() + this.#timeoutMs);
    this.#cancel ??= this.#clock.schedule(lookIntervalMs, () => this.#look());
  }

  /** The request has been answered. */
  end(request: R): void {
    this.#open.delete(request);
    if (this.#own.size === 0) return;
    this.#own.get(request)?.();
    this.#own.delete(request);
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#clock.monotonic();
    for (const [request, deadline] of this.#open) {
      if (deadline > now) break;
      this.#open.delete(request);
      this.#end(request);
    }
    if (this.#open.size > 0) this.#cancel = this.#clock.schedule(lookIntervalMs, () => this.#look());
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
