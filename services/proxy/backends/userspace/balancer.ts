import { BlockList, isIPv6 } from "node:net";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Endpoint } from "../backend.ts";

/** Most clients whose endpoint is remembered, per service port; the longest unseen is forgotten first. */
const clientsMax = 65_536;

/** Who may come to a service port, and which endpoints take them. */
export interface Balance {
  endpoints: readonly Endpoint[];
  /** Those for clients that `isInside` knows; `endpoints` when absent. */
  insideEndpoints?: readonly Endpoint[] | undefined;
  affinitySeconds?: number | undefined;
  /** Clients that are in none of these have no endpoint. */
  sourceRanges?: string[] | undefined;
}

/** Chooses endpoints for the connections of one service port: in turn, or with affinity the one a client had before. */
export class Balancer {
  readonly #clock: Clock;
  readonly #isInside: (client: string) => boolean;
  #endpoints: readonly Endpoint[] = [];
  #insideEndpoints: readonly Endpoint[] | undefined;
  #affinityMs: number | undefined;
  #allowed: BlockList | undefined;
  #turn = 0;
  /** In the order in which clients were last seen. */
  readonly #clients = new Map<string, { endpoint: Endpoint; seenMs: number }>();

  constructor(clock: Clock, isInside: (client: string) => boolean = () => false) {
    this.#clock = clock;
    this.#isInside = isInside;
  }

  update({ endpoints, insideEndpoints, affinitySeconds, sourceRanges }: Balance): void {
    this.#insideEndpoints = insideEndpoints;
    this.#allowed = sourceRanges && listOf(sourceRanges);
    this.#endpoints = endpoints;
    this.#affinityMs = affinitySeconds === undefined ? undefined : affinitySeconds * 1000;
    for (const [client, { endpoint }] of this.#clients) if (!this.has(endpoint)) this.#clients.delete(client);
    if (this.#affinityMs === undefined) this.#clients.clear();
  }

  has(endpoint: Endpoint): boolean {
    const isIt = (other: Endpoint) => other.ip === endpoint.ip && other.port === endpoint.port;
    return this.#endpoints.some(isIt) || this.#insideEndpoints?.some(isIt) === true;
  }

  /** The endpoint for a new connection of `client`; undefined when there is none. */
  pick(client: string): Endpoint | undefined {
    if (this.#allowed && !this.#allowed.check(client, isIPv6(client) ? "ipv6" : "ipv4")) return undefined;
    if (this.#affinityMs === undefined) return this.#next(client);
    const now = this.#clock.monotonic();
    const known = this.#clients.get(client);
    const endpoint = known && now - known.seenMs <= this.#affinityMs ? known.endpoint : this.#next(client);
    this.#remember(client, endpoint, now);
    return endpoint;
  }

  /** The endpoint to try after `failed` did not answer; from now on also the client's. */
  pickAfterFailure(client: string): Endpoint | undefined {
    this.#clients.delete(client);
    return this.pick(client);
  }

  #next(client: string): Endpoint | undefined {
    const endpoints = this.#insideEndpoints && this.#isInside(client) ? this.#insideEndpoints : this.#endpoints;
    if (endpoints.length === 0) return undefined;
    this.#turn = (this.#turn + 1) % endpoints.length;
    return endpoints[this.#turn];
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
