import type { Event } from "../../gen/typernetes/core/v1/event.ts";
import type { Clock } from "../base/clock.ts";
import { Lru } from "../base/lru.ts";
import { TokenBucket } from "../base/token-bucket.ts";

/** As many different objects and messages are remembered. */
const rememberedMax = 4096;

/** So many different messages of one reason about one object, within this time, are told apart; more are combined. */
const messagesMax = 10;
const combineMs = 10 * 60_000;

/** Of one source about one object: this many events at once, then one every five minutes. */
const spamBurst = 25;
const spamPerSecond = 1 / 300;

/** An event as it is to be written. */
export interface CorrelatedEvent {
  event: Event;
  /** Whether it counts up one that has been written before. */
  repeated: boolean;
}

interface Seen {
  name: string | undefined;
  firstTimestamp: string | undefined;
  count: number;
}

/** Counts equal events up, combines similar ones and holds floods back, as Kubernetes' clients do. */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #buckets = new Lru<string, TokenBucket>(rememberedMax);
  readonly #similar = new Lru<string, { messages: Set<string>; lastMs: number }>(rememberedMax);
  readonly #seen = new Lru<string, Seen>(rememberedMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when the event is not to be written. */
  correlate(event: Event): CorrelatedEvent | undefined {
    const counted = this.#count(this.#combine(event));
    return this.#isSpam(event) ? undefined : counted;
  }

  #combine(event: Event): { event: Event; key: string } {
    const similarKey = JSON.stringify([subjectOf(event), event.type, event.reason]);
    const now = this.#clock.monotonic();
    const known = this.#similar.get(similarKey);
    const record = known && now - known.lastMs <= combineMs ? known : { messages: new Set<string>(), lastMs: now };
    const { messages } = record;
    record.lastMs = now;
    this.#similar.set(similarKey, record);
    if (messages.has(event.message ?? "") || messages.size < messagesMax - 1) {
      messages.add(event.message ?? "");
      return { event, key: JSON.stringify([similarKey, event.message]) };
    }
    return { event: { ...event, message: `(combined from similar events): ${event.message}` }, key: similarKey };
  }

  #count({ event, key }: { event: Event; key: string }): CorrelatedEvent {
    const seen = this.#seen.get(key);
    const count = (seen?.count ?? 0) + 1;
    const first = seen ?? { name: event.metadata?.name, firstTimestamp: event.firstTimestamp };
    this.#seen.set(key, { name: first.name, firstTimestamp: first.firstTimestamp, count });
    const metadata = { ...event.metadata, name: first.name };
    return { event: { ...event, metadata, firstTimestamp: first.firstTimestamp, count }, repeated: count > 1 };
  }

  #isSpam(event: Event): boolean {
    const key = JSON.stringify(subjectOf(event));
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket({ perSecond: spamPerSecond, burst: spamBurst, clock: this.#clock });
      this.#buckets.set(key, bucket);
    }
    return !bucket.tryTake();
  }
}

function subjectOf({ source, involvedObject }: Event): unknown[] {
  const { kind, namespace, name, uid, apiVersion } = involvedObject ?? {};
  return [source?.component, source?.host, kind, namespace, name, uid, apiVersion];
}
