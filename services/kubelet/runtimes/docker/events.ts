import type { Readable } from "node:stream";
import { backoffDelay } from "../../../../lib/base/backoff.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import type { RuntimeEvent } from "../runtime.ts";
import { listScoped } from "./container-verbs.ts";
import type { DockerClient } from "./docker-client.ts";
import { type Labels, labelKeys, type Scope, scopeFilter } from "./labels.ts";
import { readLines } from "./text-lines.ts";

const kinds: Record<string, RuntimeEvent["kind"]> = { start: "started", die: "exited", destroy: "removed" };
const reconnect = { initialMs: 100, maxMs: 5_000, jitter: 0.2 };

export interface EventsDeps {
  client: DockerClient;
  scope: Scope;
  clock: Clock;
  logger?: Logger;
  /** Called with the id of each sandbox and container that ends, before its event is given out. */
  onEnd?: (id: string) => void;
}

/**
 * This node's events from the time of the call until `signal` aborts. Docker's memory of events is short and dies with the
 * daemon; so after a lost connection everything there is, and everything that has gone, is reported anew.
 */
export function watchEvents(deps: EventsDeps, signal: AbortSignal): AsyncIterable<RuntimeEvent> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const queue = new EventQueue();
  void pump(deps, queue, ended).finally(() => queue.close());
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let event = await queue.take(); event; event = await queue.take()) yield event;
      } finally {
        stop.abort();
      }
    },
  };
}

/** Events not yet taken; a repeated one is kept once, so there are at most three per container. */
class EventQueue {
  readonly #events = new Map<string, RuntimeEvent>();
  #closed = false;
  #wake: (() => void) | undefined;

  put(event: RuntimeEvent): void {
    this.#events.set(`${event.kind} ${event.containerId ?? event.sandboxId}`, event);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async take(): Promise<RuntimeEvent | undefined> {
    while (!this.#closed) {
      for (const [key, event] of this.#events) {
        this.#events.delete(key);
        return event;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return undefined;
  }
}

async function pump(deps: EventsDeps, queue: EventQueue, signal: AbortSignal): Promise<void> {
  const { clock, client, scope, logger } = deps;
  const sinceMs = clock.now();
  const known = new Map<string, RuntimeEvent>();
  for (let failures = 0, connections = 0; !signal.aborted; ) {
    try {
      const stream = await openEvents(client, scope, sinceMs, connections === 0, signal);
      const first = connections++ === 0;
      await takeStock(client, scope, known, first ? undefined : queue);
      failures = 0;
      await readEvents(stream, known, queue, deps.onEnd);
      logger?.warn({}, "Docker closed the stream of events; connecting again");
    } catch (error) {
      if (signal.aborted) return;
      logger?.warn({ err: error }, "no events from Docker; connecting again");
    }
    await clock.sleep(backoffDelay(failures++, reconnect), signal).catch(() => {});
  }
}

function openEvents(
  client: DockerClient,
  scope: Scope,
  sinceMs: number,
  first: boolean,
  signal: AbortSignal,
): Promise<Readable> {
  const filters = { type: ["container"], event: Object.keys(kinds), label: scopeFilter(scope) };
  const query = { filters: JSON.stringify(filters), ...(first ? { since: (sinceMs / 1000).toFixed(3) } : {}) };
  return client.open("watch events", "/events", query, signal);
}

/** Learns what there is; with `queue`, reports it as events, and what is known and gone as removed. */
async function takeStock(
  client: DockerClient,
  scope: Scope,
  known: Map<string, RuntimeEvent>,
  queue: EventQueue | undefined,
): Promise<void> {
  const infos = await listScoped(client, scope, {});
  const present = new Set(infos.map((info) => info.Id));
  for (const { Id, Labels, State } of infos) {
    const event = eventOf(Id, Labels, State === "running" ? "started" : "exited");
    if (State !== "created") queue?.put(event);
    known.set(Id, event);
  }
  for (const [id, event] of known) {
    if (present.has(id)) continue;
    queue?.put({ ...event, kind: "removed" });
    known.delete(id);
  }
}

async function readEvents(
  stream: Readable,
  known: Map<string, RuntimeEvent>,
  queue: EventQueue,
  onEnd: EventsDeps["onEnd"],
): Promise<void> {
  try {
    for await (const line of readLines(stream)) {
      const message = parseEvent(line);
      if (!message) continue;
      const event = eventOf(message.id, message.labels, message.kind);
      if (message.kind === "removed") known.delete(message.id);
      else known.set(message.id, event);
      if (message.kind === "exited") onEnd?.(message.id);
      queue.put(event);
    }
  } finally {
    stream.destroy();
  }
}

function eventOf(id: string, labels: Labels, kind: RuntimeEvent["kind"]): RuntimeEvent {
  const isSandbox = labels[labelKeys.kind] === "sandbox";
  return isSandbox ? { sandboxId: id, kind } : { sandboxId: labels[labelKeys.sandboxId] ?? "", containerId: id, kind };
}

function parseEvent(line: string): { id: string; labels: Labels; kind: RuntimeEvent["kind"] } | undefined {
  if (line.trim() === "") return undefined;
  const message: unknown = JSON.parse(line);
  if (typeof message !== "object" || message === null || !("Action" in message) || !("Actor" in message))
    return undefined;
  const { Action, Actor } = message;
  const kind = kinds[String(Action)];
  if (!kind || typeof Actor !== "object" || Actor === null || !("ID" in Actor) || !("Attributes" in Actor))
    return undefined;
  return { id: String(Actor.ID), labels: labelsIn(Actor.Attributes), kind };
}

function labelsIn(attributes: unknown): Labels {
  if (typeof attributes !== "object" || attributes === null) return {};
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
}
