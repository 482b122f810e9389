import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { parseAddress, parseRange, rangeContains } from "../../../../lib/api/ip-address.ts";
import { type Clock, systemClock } from "../../../../lib/base/clock.ts";
import type { ProxyBackend, ServiceTable } from "../backend.ts";
import { checkEntry } from "../check-entry.ts";
import { NewWarnings } from "../new-warnings.ts";
import { type Balance, Balancer } from "./balancer.ts";
import { type Forwarder, type ForwarderContext, type OpenForwarder, Room } from "./forwarder.ts";
import { openTcpForwarder } from "./tcp-forwarder.ts";
import { openUdpForwarder } from "./udp-forwarder.ts";

export interface UserspaceOptions {
  /** Addresses that node ports listen on; all IPv4 addresses of the machine when absent. */
  nodeAddresses?: string[];
  /** Ranges of pods, which are clients from inside, as are those at the machine's own addresses; none when absent. */
  podRanges?: readonly string[];
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
interface Wanted extends Balance {
  id: string;
  protocol: string;
  address: string;
  port: number;
}

interface Listener {
  balancer: Balancer;
  forwarder: Forwarder;
}

class UserspaceBackend implements ProxyBackend {
  readonly name = "userspace";
  readonly #nodeAddresses: string[] | undefined;
  readonly #isInside: (client: string) => boolean;
  readonly #warnings: NewWarnings;
  readonly #context: ForwarderContext;
  readonly #listeners = new Map<string, Listener>();
  /** No longer listening, with connections that go on. */
  readonly #retired = new Set<Forwarder>();
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: UserspaceOptions) {
    this.#nodeAddresses = options.nodeAddresses;
    this.#isInside = insideOf(options.podRanges ?? []);
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
    const gone = [...this.#listeners].filter(([key]) => isEmpty(wanted.get(key)));
    for (const [key, listener] of gone) this.#retire(key, listener);
    const missing = [...wanted].filter(([key, port]) => !isEmpty(port) && !this.#listeners.has(key));
    await Promise.all(missing.map(([key, port]) => this.#open(key, port)));
    // From here to the end nothing waits: no connection sees some services changed and others not yet.
    for (const [key, { balancer, forwarder }] of this.#listeners) {
      balancer.update(wanted.get(key) ?? noBalance);
      forwarder.endpointsChanged();
    }
  }

  #wantedOf(table: ServiceTable): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    for (const entry of table.ports) {
      const { id, protocol, affinitySeconds } = entry;
      const { endpoints, externalEndpoints } = entry;
      // Who is on the machine need not come by a node that has endpoints.
      const outside = externalEndpoints ? { endpoints: externalEndpoints, insideEndpoints: endpoints } : { endpoints };
      const want = (address: string, port: number, balance: Balance) => {
        const key = `${protocol} ${address} ${port}`;
        if (wanted.has(key)) this.#warnings.warn(`${id}: ${key} already belongs to another service`);
        else wanted.set(key, { id, protocol, address, port, affinitySeconds, ...balance });
      };
      for (const address of entry.addresses) want(address, entry.port, { endpoints });
      for (const address of entry.externalAddresses ?? [])
        want(address, entry.port, { ...outside, sourceRanges: entry.sourceRanges });
      const families = entry.nodePortFamilies ?? entry.addresses.map((address) => (isIPv6(address) ? 6 : 4));
      // Node ports are those of the machine's IPv4 addresses.
      if (entry.nodePort === undefined || (families.length > 0 && !families.includes(4))) continue;
      for (const address of this.#nodeAddresses ?? defaultNodeAddresses(protocol))
        want(address, entry.nodePort, outside);
    }
    return wanted;
  }

  async #open(key: string, wanted: Wanted): Promise<void> {
    const { id, protocol, address, port } = wanted;
    const open = openers[protocol];
    if (!open) {
      this.#warnings.warn(`${id}: ${protocol} cannot be forwarded without nftables`);
      return;
    }
    const balancer = new Balancer(this.#context.clock, this.#isInside);
    balancer.update(wanted);
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
    balancer.update(noBalance);
    void forwarder.retire().then(() => this.#retired.delete(forwarder));
  }

  async #close(): Promise<void> {
    const forwarders = [...[...this.#listeners.values()].map(({ forwarder }) => forwarder), ...this.#retired];
    this.#listeners.clear();
    this.#retired.clear();
    await Promise.all(forwarders.map((forwarder) => forwarder.close()));
  }
}

const noBalance: Balance = { endpoints: [] };

function isEmpty({ endpoints, insideEndpoints = [] }: Balance = noBalance): boolean {
  return endpoints.length === 0 && insideEndpoints.length === 0;
}

function insideOf(podRanges: readonly string[]): (client: string) => boolean {
  const ranges = podRanges.map(parseRange).filter((range) => range !== undefined);
  return (client) => {
    const address = parseAddress(client);
    if (address && ranges.some((range) => rangeContains(range, address))) return true;
    return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === client));
  };
}

/** One socket per address for UDP: from a socket for all of them, answers may leave by another address than was asked. */
function defaultNodeAddresses(protocol: string): string[] {
  if (protocol !== "UDP") return ["0.0.0.0"];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
}
