import {
  type DiscoverRequest,
  DynamicServiceDefinition,
  type ServedKind,
} from "../../gen/typernetes/dynamic/v1/dynamic.ts";
import { compareVersions } from "../api/resource-info.ts";
import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import type { CallOptions } from "../grpc/transport.ts";
import type { Client } from "./client.ts";

/** The kinds that a cluster serves now. */
export async function discoverKinds(
  client: Client,
  request: DiscoverRequest = {},
  options: CallOptions = {},
): Promise<ServedKind[]> {
  const answers = client.stream(DynamicServiceDefinition, "discover", { ...request, watch: false }, options);
  for await (const { kinds } of answers) return kinds ?? [];
  return [];
}

/** Follows the custom kinds that a cluster serves: those besides the contracts' own. */
export class CustomKinds {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(kinds: readonly ServedKind[]) => void>();
  #kinds: readonly ServedKind[] = [];
  #following: Promise<void> | undefined;
  #isKnown = () => {};
  readonly #known = new Promise<void>((resolve) => (this.#isKnown = resolve));

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** As of the last word of the server; none before `start`. */
  get all(): readonly ServedKind[] {
    return this.#kinds;
  }

  /** Calls `listener` after every change. */
  onChange(listener: (kinds: readonly ServedKind[]) => void): void {
    this.#listeners.add(listener);
  }

  /** Begins to follow; resolves when the server has said what it serves, or that it does not say. Idempotent. */
  start(): Promise<void> {
    this.#following ??= this.#follow();
    return this.#known;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#isKnown();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const request = { watch: true, customOnly: true };
        for await (const { kinds } of this.#client.stream(DynamicServiceDefinition, "discover", request, { signal })) {
          attempt = 0;
          this.#take(kinds ?? []);
        }
      } catch {
        // A server that is away, or an older one, is asked again; nobody waits for it.
        this.#isKnown();
      }
      const delay = backoffDelay(attempt, { initialMs: 200, maxMs: 30_000, jitter: 0.5 });
      await this.#clock.sleep(delay, signal).catch(() => {});
    }
  }

  #take(kinds: readonly ServedKind[]): void {
    this.#kinds = kinds;
    this.#isKnown();
    for (const listener of this.#listeners) listener(kinds);
  }
}

/** Each kind once, in the version that clusters prefer. */
export function preferredKinds(kinds: readonly ServedKind[]): ServedKind[] {
  const ordered = [...kinds].sort((a, b) => compareVersions(a.version ?? "", b.version ?? ""));
  return ordered.filter(
    (kind, index) => ordered.findIndex((other) => other.group === kind.group && other.plural === kind.plural) === index,
  );
}
