import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { type Clock, systemClock } from "../../../../lib/base/clock.ts";
import type { Endpoint, ProxyBackend, ServiceTable } from "../backend.ts";
import { checkEntry } from "../check-entry.ts";
import { NewWarnings } from "../new-warnings.ts";
import { Balancer } from "./balancer.ts";
import { type Forwarder, type ForwarderContext, type OpenForwarder, Room } from "./forwarder.ts";
import { openTcpForwarder } from "./tcp-forwarder.ts";
import { openUdpForwarder } from "./udp-forwarder.ts";

export interface UserspaceOptions {
  /** Addresses that node ports listen on; all IPv4 addresses of the machine when absent. */
  nodeAddresses?: string[];
  /** Most connections and UDP flows open at once; 8,192 when absent. Beyond it new ones are reset. */
  connectionsMax?: number;
  /** How long an endpoint may take to accept a connection, in milliseconds; 5,000 when absent. */
  connectTimeoutMs?: number;
  /** How long a UDP flow is kept without a packet, in milliseconds; 60,000 when absent. */
  udpIdleMs?: number;
  clock?: Clock;
  /** Hears, once, of every port that cannot be listened on; others work, and each `apply` tries again. */
  warn?: (message: string) => void;
}

/** Forwards connections in this process, at addresses that it may listen on, such as those of 127/8. Needs no privilege. */
export function createUserspaceBackend(options: UserspaceOptions = {}): ProxyBackend {
  return new UserspaceBackend(options);
}

const openers: Record<string, OpenForwarder> = { TCP: openTcpForwarder, UDP: openUdpForwarder };

/** One address and port to listen on, and what to do there. */
interface Wanted {
  id: string;
  protocol: string;
  address: string;
  port: number;
  endpoints: Endpoint[];
  affinitySeconds: number | undefined;
  sourceRanges?: string[];
}

interface Listener {
  balancer: Balancer;
  forwarder: Forwarder;
}

class UserspaceBackend implements ProxyBackend {
  readonly name = "userspace";
  readonly #nodeAddresses: string[] | undefined;
  readonly #warnings: NewWarnings;
  readonly #context: ForwarderContext;
  readonly #listeners = new Map<string, Listener>();
  /** No longer listening, with connections that go on. */
  readonly #retired = new Set<Forwarder>();
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: UserspaceOptions) {
    this.#nodeAddresses = options.nodeAddresses;
    this.#warnings = new NewWarnings(options.warn);
    this.#context = {
      clock: options.clock ?? systemClock,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      udpIdleMs: options.udpIdleMs ?? 60_000,
      room: new Room(options.connectionsMax ?? 8_192),
    };
  }

  async apply(table: ServiceTable): Promise<void> {
    if (this.#closing) throw new Error("the proxy backend is closed");
    return this.#afterOthers(() => this.#apply(table));
  }

  close(): Promise<void> {
    this.#closing ??= this.#afterOthers(() => this.#close());
    return this.#closing;
  }

  #afterOthers(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #apply(table: ServiceTable): Promise<void> {
    this.#warnings.nextRound();
    table.ports.forEach(checkEntry);
    const wanted = this.#wantedOf(table);
    const gone = [...this.#listeners].filter(([key]) => !wanted.get(key)?.endpoints.length);
    for (const [key, listener] of gone) this.#retire(key, listener);
    const missing = [...wanted].filter(([key, { endpoints }]) => endpoints.length > 0 && !this.#listeners.has(key));
    await Promise.all(missing.map(([key, port]) => this.#open(key, port)));
    // From here to the end nothing waits: no connection sees some services changed and others not yet.
    for (const [key, { balancer, forwarder }] of this.#listeners) {
      const port = wanted.get(key);
      balancer.update(port?.endpoints ?? [], port?.affinitySeconds, port?.sourceRanges);
      forwarder.endpointsChanged();
    }
  }

  #wantedOf(table: ServiceTable): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    for (const entry of table.ports) {
      const { id, protocol, affinitySeconds } = entry;
      const outside = entry.externalEndpoints ?? entry.endpoints;
      const guarded = entry.sourceRanges ? { sourceRanges: entry.sourceRanges } : {};
      const want = (address: string, port: number, endpoints: Endpoint[], guard: Pick<Wanted, "sourceRanges"> = {}) => {
        const key = `${protocol} ${address} ${port}`;
        if (wanted.has(key)) this.#warnings.warn(`${id}: ${key} already belongs to another service`);
        else wanted.set(key, { id, protocol, address, port, endpoints, affinitySeconds, ...guard });
      };
      for (const address of entry.addresses) want(address, entry.port, entry.endpoints);
      for (const address of entry.externalAddresses ?? []) want(address, entry.port, outside, guarded);
      const families = entry.nodePortFamilies ?? entry.addresses.map((address) => (isIPv6(address) ? 6 : 4));
      // Node ports are those of the machine's IPv4 addresses.
      if (entry.nodePort === undefined || (families.length > 0 && !families.includes(4))) continue;
      for (const address of this.#nodeAddresses ?? defaultNodeAddresses(protocol))
        want(address, entry.nodePort, outside);
    }
    return wanted;
  }

  async #open(key: string, wanted: Wanted): Promise<void> {
    const { id, protocol, address, port, endpoints, affinitySeconds, sourceRanges } = wanted;
    const open = openers[protocol];
    if (!open) {
      this.#warnings.warn(`${id}: ${protocol} cannot be forwarded without nftables`);
      return;
    }
    const balancer = new Balancer(this.#context.clock);
    balancer.update(endpoints, affinitySeconds, sourceRanges);
    try {
      this.#listeners.set(key, { balancer, forwarder: await open(address, port, balancer, this.#context) });
    } catch (error) {
      this.#warnings.warn(
        `${id}: cannot listen on ${address} port ${port}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #retire(key: string, { balancer, forwarder }: Listener): void {
    this.#listeners.delete(key);
    this.#retired.add(forwarder);
    balancer.update([], undefined);
    void forwarder.retire().then(() => this.#retired.delete(forwarder));
  }

  async #close(): Promise<void> {
    const forwarders = [...[...this.#listeners.values()].map(({ forwarder }) => forwarder), ...this.#retired];
    this.#listeners.clear();
    this.#retired.clear();
    await Promise.all(forwarders.map((forwarder) => forwarder.close()));
  }
}

/** One socket per address for UDP: from a socket for all of them, answers may leave by another address than was asked. */
function defaultNodeAddresses(protocol: string): string[] {
  if (protocol !== "UDP") return ["0.0.0.0"];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
}
