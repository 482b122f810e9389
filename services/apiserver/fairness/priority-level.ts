import type { PriorityLevelConfigurationSpec } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Limits } from "./concurrency-limits.ts";
import { type FairQueue, FairQueues, type Waiting } from "./fair-queues.ts";

/** Why a request was refused, as figures name it. */
export type RejectionReason = "concurrency-limit" | "queue-full" | "time-out" | "cancelled";

/** What a request has while it is worked on. */
export interface Seat {
  /** Called once. */
  release(): void;
}

/** A request that wants seats of a level. */
export interface Entrant {
  /** Requests of one flow wait in the same few queues. */
  flow(): string;
  readonly width: number;
  /** Asked for only when it has to wait. */
  signal(): AbortSignal;
}

/** As long as a request may wait: a quarter of what it may last. */
const waitMsMax = 15_000;
/** One request has at most this part of a level's seats. */
const widthPart = 0.15;
const noLimits: Limits = { nominal: 0, min: 0, max: 0 };

/** Requests that share seats; those that find none wait in queues, or are refused. */
export class PriorityLevel {
  readonly name: string;
  readonly rejected: Record<RejectionReason, number> = {
    ...{ "concurrency-limit": 0, "queue-full": 0, "time-out": 0, cancelled: 0 },
  };
  uid = "";
  dispatched = 0;
  limits: Limits = noLimits;
  isExempt = false;
  readonly #clock: Clock;
  #spec: PriorityLevelConfigurationSpec | undefined;
  #limit = 0;
  #queues: FairQueues | undefined;
  #seatsInUse = 0;
  #seatsWaiting = 0;
  #requestsWaiting = 0;
  #wantedMost = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  get limit(): number {
    return this.#limit;
  }

  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  get requestsWaiting(): number {
    return this.#requestsWaiting;
  }

  /** Who waits already does so where it does. */
  configure(spec: PriorityLevelConfigurationSpec, uid: string, limits: Limits): void {
    this.uid = uid;
    this.isExempt = spec.type === "Exempt";
    if (!deepEqual(limits, this.limits)) {
      this.limits = limits;
      this.setLimit(limits.nominal);
    }
    if (deepEqual(spec, this.#spec)) return;
    this.#spec = spec;
    const { type, queuing = {} } = spec.limited?.limitResponse ?? {};
    const former = this.#requestsWaiting > 0 ? this.#queues : undefined;
    this.#queues = type === "Queue" ? (former ?? new FairQueues(queuing)) : former;
  }

  setLimit(seats: number): void {
    this.#limit = Math.max(1, seats);
    this.#dispatch();
  }

  /** The most seats that were wanted at one time since it was asked last. */
  takeWantedMost(): number {
    const most = Math.max(this.#wantedMost, this.#seatsInUse + this.#seatsWaiting);
    this.#wantedMost = 0;
    return most;
  }

  /** Seats for a request: at once where they are free. @throws StatusError TooManyRequests. */
  enter(entrant: Entrant): Seat | Promise<Seat> {
    const seats = this.#widthOf(entrant.width);
    if (this.#seatsWaiting === 0 && this.#fits(seats)) return this.#begin(seats);
    const spec = this.#spec?.limited?.limitResponse;
    if (!this.#queues || spec?.type !== "Queue") throw this.#refusal("concurrency-limit");
    const queue = this.#queues.queueFor(entrant.flow());
    if (!queue) throw this.#refusal("queue-full");
    return this.#wait(this.#queues, queue, seats, entrant.signal());
  }

  #widthOf(width: number): number {
    return width === 1 ? 1 : Math.max(1, Math.min(width, Math.floor(this.limits.nominal * widthPart)));
  }

  #fits(seats: number): boolean {
    return this.#seatsInUse + seats <= this.#limit || this.#seatsInUse === 0;
  }

  #begin(seats: number, ended?: () => void): Seat {
    this.dispatched++;
    this.#seatsInUse += seats;
    const wanted = this.#seatsInUse + this.#seatsWaiting;
    if (wanted > this.#wantedMost) this.#wantedMost = wanted;
    return {
      release: () => {
        this.#seatsInUse -= seats;
        ended?.();
        if (this.#seatsWaiting > 0) this.#dispatch();
      },
    };
  }

  #wait(queues: FairQueues, queue: FairQueue, seats: number, signal: AbortSignal): Promise<Seat> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (reason: "time-out" | "cancelled", error: () => unknown) => {
        stop();
        queues.remove(entry);
        this.#noLongerWaiting(seats);
        this.rejected[reason]++;
        reject(error());
        this.#dispatch();
      };
      const aborted = () => leave("cancelled", () => signal.reason);
      const cancel = this.#clock.schedule(waitMsMax, () => leave("time-out", tooManyRequests));
      const stop = () => {
        cancel();
        signal.removeEventListener("abort", aborted);
      };
      const entry: Waiting = {
        ...{ seats, queue },
        begin: () => {
          stop();
          this.#noLongerWaiting(seats);
          const begunMs = this.#clock.monotonic();
          queues.begin(entry, begunMs, this.#limit);
          const seat = this.#begin(seats, () => {
            const nowMs = this.#clock.monotonic();
            queues.end(entry, (nowMs - begunMs) / 1000, nowMs, this.#limit);
          });
          resolve(seat);
        },
      };
      this.#requestsWaiting++;
      this.#seatsWaiting += seats;
      this.#wantedMost = Math.max(this.#wantedMost, this.#seatsInUse + this.#seatsWaiting);
      queues.add(entry, this.#clock.monotonic(), this.#limit);
      signal.addEventListener("abort", aborted, { once: true });
      this.#dispatch();
    });
  }

  #noLongerWaiting(seats: number): void {
    this.#requestsWaiting--;
    this.#seatsWaiting -= seats;
  }

  #dispatch(): void {
    while (this.#seatsWaiting > 0) {
      const next = this.#queues?.next();
      if (!next || !this.#fits(next.seats)) return;
      next.begin();
    }
  }

  #refusal(reason: RejectionReason): StatusError {
    this.rejected[reason]++;
    return tooManyRequests();
  }
}

function tooManyRequests(): StatusError {
  return new StatusError("TooManyRequests", "too many requests, please try again later.", { retryAfterSeconds: 1 });
}
