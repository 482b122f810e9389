import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { createMetrics, type Metrics } from "../../lib/observe/metrics.ts";
import { type HttpDoor, startHttpDoor } from "./http-door.ts";
import { startListeners } from "./listeners.ts";
import type { DnsOptions, NameServer } from "./options.ts";
import { type Counts, Responder } from "./responder.ts";
import { Forwarder } from "./upstream/forwarder.ts";
import { UpstreamServers } from "./upstream/upstream-servers.ts";
import { blockListOf, ClusterZone } from "./zone/cluster-zone.ts";
import { ZoneIndex } from "./zone/zone-index.ts";

export { findFreePort } from "./listeners.ts";
export { publishDns } from "./publish-dns.ts";

/** What the DNS is given; it closes none of it. */
export interface DnsDeps {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** A running DNS server. */
export interface Dns {
  /** Where it listens, UDP and TCP. */
  readonly port: number;
  /** Where figures and health are told; undefined when nowhere. */
  readonly httpPort: number | undefined;
  /** Stops listening. Idempotent. */
  stop(): Promise<void>;
}

/** Answers questions about the cluster's names, and passes on all others. Resolves when it knows the cluster and listens. */
export async function startDns(deps: DnsDeps, options: DnsOptions): Promise<Dns> {
  const { client, informers, clock, random, logger } = deps;
  const slices = informers.informer(client.discovery.v1.endpointslices);
  const index = new ZoneIndex(informers.informer(client.core.v1.services), slices, options);
  const counts: Counts = { queries: 0, forwarded: 0, prepared: 0 };
  let isReady = false;
  const http = await openHttp(options, { metrics: metricsOf(counts), isReady: () => isReady });
  try {
    await informers.start();
    let own = -1;
    const isOwn = ({ address, port }: NameServer) =>
      address === options.serviceAddress || (port === own && options.addresses.includes(address));
    const forwarder = new Forwarder({
      servers: new UpstreamServers(options, clock, isOwn),
      clock,
      timeoutMs: options.upstreamTimeoutMs,
    });
    const { udpSizeMax } = options;
    const zone = new ClusterZone(index, options);
    const holds = index.holds.bind(index);
    const responder = new Responder({ counts, zone, holds, forwarder, random, udpSizeMax });
    const clients = options.clients && blockListOf(options.clients);
    const listeners = await startListeners(options.addresses, options.port, { responder, clients, logger });
    own = listeners.port;
    isReady = true;
    let stopping: Promise<void> | undefined;
    const stop = async () => {
      isReady = false;
      index.close();
      await Promise.all([listeners.close(), http?.close()]);
    };
    return {
      port: listeners.port,
      httpPort: http?.port,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    index.close();
    await http?.close();
    throw error;
  }
}

async function openHttp(
  { addresses, httpPort, clients }: DnsOptions,
  shown: { metrics: Metrics; isReady: () => boolean },
): Promise<HttpDoor | undefined> {
  const [address] = addresses;
  return httpPort === undefined || address === undefined
    ? undefined
    : startHttpDoor({ address, port: httpPort, clients: clients && blockListOf(clients) }, shown);
}

function metricsOf(counts: Counts): Metrics {
  const metrics = createMetrics("dns");
  metrics.gauge("queries_total", "Queries that came in.", () => counts.queries);
  metrics.gauge("prepared_answers_total", "Queries whose answer was there as bytes.", () => counts.prepared);
  metrics.gauge("forwarded_queries_total", "Questions about names outside the cluster.", () => counts.forwarded);
  return metrics;
}
