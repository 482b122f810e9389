import type { Event } from "../../gen/typernetes/core/v1/event.ts";
import type { ObjectReference } from "../../gen/typernetes/core/v1/reference.ts";
import { backoffDelay } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { rfc3339 } from "../base/rfc3339.ts";
import { isStatusError } from "../base/status-error.ts";
import { type Logger, silentLogger } from "../observe/logger.ts";
import type { Client } from "./client.ts";
import { type CorrelatedEvent, EventCorrelator } from "./event-correlator.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { KubernetesObject, ResourceClient } from "./resource-client.ts";

export interface EventRecorderSettings {
  client: Client;
  /** Who reports: `default-scheduler`, `kubelet`, `deployment-controller`. */
  component: string;
  /** The node, for what runs on one. */
  host?: string;
  clock?: Clock;
  random?: () => number;
  logger?: Logger;
}

const waitingMax = 1_000;
const writersMax = 8;
const attemptsMax = 12;
const retryBackoff = { initialMs: 500, maxMs: 10_000, jitter: 0.5 };
const closeMsMax = 2_000;

/** A recorder that writes in the background. */
export function createEventRecorder(settings: EventRecorderSettings): EventRecorder {
  return new QueueingRecorder(settings);
}

class QueueingRecorder implements EventRecorder {
  readonly #settings: EventRecorderSettings;
  readonly #events: ResourceClient<Event>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #correlator: EventCorrelator;
  /** By name, so that counts that come while an event waits need no write of their own. */
  readonly #waiting = new Map<string, CorrelatedEvent>();
  readonly #writing = new Set<string>();
  readonly #abort = new AbortController();
  /** Keeps the names of events of one millisecond apart; begins anywhere, as others name events of the same object. */
  #serial: number;
  #onIdle = () => {};
  #dropped = 0;
  #closed = false;

  constructor(settings: EventRecorderSettings) {
    this.#settings = settings;
    this.#events = settings.client.core.v1.events;
    this.#clock = settings.clock ?? systemClock;
    this.#random = settings.random ?? Math.random;
    this.#logger = settings.logger ?? silentLogger;
    this.#serial = Math.trunc(this.#random() * 1_000_000);
    this.#correlator = new EventCorrelator(this.#clock);
  }

  event(object: KubernetesObject, type: "Normal" | "Warning", reason: string, message: string): void {
    if (this.#closed) return;
    const correlated = this.#correlator.correlate(this.#newEvent(object, type, reason, message));
    if (correlated) this.#enqueue(correlated);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#waiting.size + this.#writing.size > 0) await this.#idle();
    this.#waiting.clear();
    this.#abort.abort(new Error("the event recorder is closed"));
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, closeMsMax);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #newEvent(object: KubernetesObject, type: string, reason: string, message: string): Event {
    const { component, host = "" } = this.#settings;
    const involvedObject = referenceTo(object);
    const now = this.#clock.now();
    const timestamp = rfc3339(now);
    const nanoseconds = BigInt(Math.trunc(now)) * 1_000_000n + BigInt(this.#serial++ % 1_000_000);
    return {
      metadata: {
        name: `${involvedObject.name}.${nanoseconds.toString(16)}`,
        namespace: involvedObject.namespace || "default",
      },
      involvedObject,
      reason,
      message,
      type,
      source: host ? { component, host } : { component },
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
      reportingComponent: component,
      reportingInstance: host,
    };
  }

  #enqueue(correlated: CorrelatedEvent): void {
    const name = correlated.event.metadata?.name ?? "";
    const waiting = this.#waiting.get(name);
    if (!waiting && this.#waiting.size >= waitingMax) {
      this.#noteDropped();
      return;
    }
    this.#waiting.set(name, waiting ? { ...correlated, repeated: waiting.repeated } : correlated);
    this.#pump();
  }

  #noteDropped(): void {
    // One line for the flood, not one per drop.
    if (this.#dropped++ === 0) this.#logger.warn({ waitingMax }, "too many events wait: some are dropped");
  }

  #pump(): void {
    for (const [name, correlated] of this.#waiting) {
      if (this.#writing.size >= writersMax) return;
      if (this.#writing.has(name)) continue;
      this.#waiting.delete(name);
      this.#writing.add(name);
      void this.#write(correlated).finally(() => {
        this.#writing.delete(name);
        this.#pump();
      });
    }
    if (this.#waiting.size === 0) this.#dropped = 0;
    if (this.#waiting.size + this.#writing.size === 0) this.#onIdle();
  }

  /** Never throws. */
  async #write(correlated: CorrelatedEvent): Promise<void> {
    const { signal } = this.#abort;
    for (let attempt = 0; attempt < attemptsMax && !signal.aborted; attempt++) {
      try {
        await this.#send(correlated);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) {
          this.#logger.debug({ err: error, event: correlated.event }, "event was refused");
          return;
        }
        const delay = backoffDelay(attempt, { ...retryBackoff, random: this.#random });
        await this.#clock.sleep(delay, signal).catch(() => {});
      }
    }
    this.#logger.warn({ event: correlated.event }, "event could not be written");
  }

  async #send({ event, repeated }: CorrelatedEvent): Promise<void> {
    const { signal } = this.#abort;
    const { name = "", namespace } = event.metadata ?? {};
    if (repeated) {
      const { count, lastTimestamp, message } = event;
      try {
        await this.#events.patch(name, { count, lastTimestamp, message }, { namespace, signal });
        return;
      } catch (error) {
        // It has expired meanwhile: its next occurrence is its first again.
        if (!isStatusError(error, "NotFound")) throw error;
      }
    }
    await this.#events.create(event, { signal });
  }
}

/** Whether the same request may succeed later. */
function isPassing(error: unknown): boolean {
  return isStatusError(error, "ServiceUnavailable", "Timeout", "ServerTimeout", "TooManyRequests", "InternalError");
}

function referenceTo(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion } = metadata ?? {};
  const reference = { apiVersion, kind, name, namespace, uid, resourceVersion };
  return Object.fromEntries(Object.entries(reference).filter(([, value]) => value !== undefined));
}
