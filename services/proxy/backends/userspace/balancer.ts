import { BlockList, isIPv6 } from "node:net";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Endpoint } from "../backend.ts";

/** Most clients whose endpoint is remembered, per service port; the longest unseen is forgotten first. */
const clientsMax = 65_536;

/** Chooses endpoints for the connections of one service port: in turn, or with affinity the one a client had before. */
export class Balancer {
  readonly #clock: Clock;
  #endpoints: Endpoint[] = [];
  #affinityMs: number | undefined;
  #allowed: BlockList | undefined;
  #turn = 0;
  /** In the order in which clients were last seen. */
  readonly #clients = new Map<string, { endpoint: Endpoint; seenMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** With `sourceRanges`, clients that are in none of them have no endpoint. */
  update(endpoints: Endpoint[], affinitySeconds: number | undefined, sourceRanges?: string[]): void {
    this.#allowed = sourceRanges && listOf(sourceRanges);
    this.#endpoints = endpoints;
    this.#affinityMs = affinitySeconds === undefined ? undefined : affinitySeconds * 1000;
    for (const [client, { endpoint }] of this.#clients) if (!this.has(endpoint)) this.#clients.delete(client);
    if (this.#affinityMs === undefined) this.#clients.clear();
  }

  has(endpoint: Endpoint): boolean {
    return this.#endpoints.some((other) => other.ip === endpoint.ip && other.port === endpoint.port);
  }

  /** The endpoint for a new connection of `client`; undefined when there is none. */
  pick(client: string): Endpoint | undefined {
    if (this.#allowed && !this.#allowed.check(client, isIPv6(client) ? "ipv6" : "ipv4")) return undefined;
    if (this.#affinityMs === undefined) return this.#next();
    const now = this.#clock.monotonic();
    const known = this.#clients.get(client);
    const endpoint = known && now - known.seenMs <= this.#affinityMs ? known.endpoint : this.#next();
    this.#remember(client, endpoint, now);
    return endpoint;
  }

  /** The endpoint to try after `failed` did not answer; from now on also the client's. */
  pickAfterFailure(client: string): Endpoint | undefined {
    this.#clients.delete(client);
    return this.pick(client);
  }

  #next(): Endpoint | undefined {
    if (this.#endpoints.length === 0) return undefined;
    this.#turn = (this.#turn + 1) % this.#endpoints.length;
    return this.#endpoints[this.#turn];
  }

  #remember(client: string, endpoint: Endpoint | undefined, seenMs: number): void {
    this.#clients.delete(client);
    if (!endpoint) return;
    this.#clients.set(client, { endpoint, seenMs });
    if (this.#clients.size <= clientsMax) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      return;
    }
  }
}

function listOf(ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [ip = "", length = ""] = range.split("/");
    list.addSubnet(ip, Number(length), isIPv6(ip) ? "ipv6" : "ipv4");
  }
  return list;
}
