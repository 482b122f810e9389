import type { QueuingConfiguration } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";

/** A request that waits for seats. */
export interface Waiting {
  readonly seats: number;
  readonly queue: FairQueue;
  /** Its seats are free now. */
  begin(): void;
}

/** Requests of some flows, in the order of their coming. */
export interface FairQueue {
  readonly waiting: Waiting[];
  seatsWaiting: number;
  seatsInUse: number;
  /** When, in virtual time, the next of its requests would begin. */
  nextStart: number;
}

/** What a request is taken to last until it is known, in seconds. */
const expectedSeconds = 0.003;

/**
 * The queues of a priority level: shuffle sharding spreads flows over them, and fair queuing over virtual time gives each
 * queue its share of the seats, however much waits in the others.
 */
export class FairQueues {
  readonly #queues: readonly FairQueue[];
  readonly #handSize: number;
  readonly #lengthMax: number;
  readonly #hand: number[] = [];
  /** Seat-seconds that each busy queue could have had until now. */
  #virtualNow = 0;
  #lastMs = 0;

  constructor({ queues = 64, handSize = 8, queueLengthLimit = 50 }: QueuingConfiguration) {
    this.#queues = Array.from({ length: queues }, () => ({
      ...{ waiting: [], seatsWaiting: 0, seatsInUse: 0, nextStart: 0 },
    }));
    this.#handSize = Math.min(handSize, queues);
    this.#lengthMax = queueLengthLimit;
  }

  /** The queue where a flow waits least; undefined when it is full. */
  queueFor(flow: string): FairQueue | undefined {
    let best: FairQueue | undefined;
    for (const index of this.#deal(flow)) {
      const queue = this.#queues[index]!;
      if (!best || backlog(queue) < backlog(best)) best = queue;
    }
    return best && best.waiting.length < this.#lengthMax ? best : undefined;
  }

  add(waiting: Waiting, nowMs: number, seatsMax: number): void {
    this.#advance(nowMs, seatsMax);
    const { queue } = waiting;
    if (backlog(queue) === 0) queue.nextStart = this.#virtualNow;
    queue.waiting.push(waiting);
    queue.seatsWaiting += waiting.seats;
  }

  /** Who does not wait any more without having begun. */
  remove(waiting: Waiting): void {
    const { queue } = waiting;
    const index = queue.waiting.indexOf(waiting);
    if (index < 0) return;
    queue.waiting.splice(index, 1);
    queue.seatsWaiting -= waiting.seats;
  }

  /** The one who is next: of the queue that has had least. */
  next(): Waiting | undefined {
    let best: Waiting | undefined;
    let bestEnd = Number.POSITIVE_INFINITY;
    for (const { waiting, nextStart } of this.#queues) {
      const first = waiting[0];
      if (!first) continue;
      const end = nextStart + first.seats * expectedSeconds;
      if (end < bestEnd) [best, bestEnd] = [first, end];
    }
    return best;
  }

  /** `waiting`, the first of its queue, begins. */
  begin(waiting: Waiting, nowMs: number, seatsMax: number): void {
    this.#advance(nowMs, seatsMax);
    this.remove(waiting);
    waiting.queue.seatsInUse += waiting.seats;
    waiting.queue.nextStart += waiting.seats * expectedSeconds;
  }

  /** It has ended after `seconds`, which is what its queue is charged. */
  end({ queue, seats }: Waiting, seconds: number, nowMs: number, seatsMax: number): void {
    this.#advance(nowMs, seatsMax);
    queue.seatsInUse -= seats;
    queue.nextStart += seats * (seconds - expectedSeconds);
  }

  #advance(nowMs: number, seatsMax: number): void {
    let busy = 0;
    let wanted = 0;
    for (const queue of this.#queues) {
      const seats = backlog(queue);
      if (seats > 0) busy++;
      wanted += seats;
    }
    if (busy > 0) this.#virtualNow += ((nowMs - this.#lastMs) / 1000) * (Math.min(wanted, seatsMax) / busy);
    this.#lastMs = nowMs;
  }

  /** Different queues for a flow, always the same ones; two flows seldom have all in common. */
  #deal(flow: string): readonly number[] {
    const hand = this.#hand;
    hand.length = 0;
    let hash = hashOf(flow);
    for (let dealt = 0; dealt < this.#handSize; dealt++) {
      hash = mixed(hash + dealt + 1);
      let card = hash % (this.#queues.length - dealt);
      let place = 0;
      for (; place < hand.length && hand[place]! <= card; place++) card++;
      hand.splice(place, 0, card);
    }
    return hand;
  }
}

function backlog({ seatsWaiting, seatsInUse }: FairQueue): number {
  return seatsWaiting + seatsInUse;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Spreads what differs little (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
