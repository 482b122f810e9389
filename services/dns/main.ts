import { Command } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { type DnsOptions, dnsDefaults, parseNameServer } from "./options.ts";
import { type Dns, publishDns, startDns } from "./service.ts";
import { parseStubDomains } from "./upstream/upstream-servers.ts";

interface Flags {
  kubeconfig: string;
  clusterDomain: string;
  address: string[];
  port: string;
  httpPort?: string;
  client?: string[];
  reverseRange?: string[];
  upstream?: string[];
  resolvConf: string;
  stubDomain?: string[];
  ttl: string;
  serviceAddress?: string;
  publish?: boolean;
  logLevel: LogLevel;
}

/** The subcommand `dns`: answers questions about the cluster's names until it is told to end. */
export function dnsCommand(): Command {
  return new Command("dns")
    .description("answers questions about the names of services and pods")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--cluster-domain <domain>", "the cluster's own domain", dnsDefaults.clusterDomain)
    .option("--address <ip...>", "where to listen, UDP and TCP", ["127.0.0.1"])
    .option("--port <port>", "where to listen; 0 chooses one", "53")
    .option(
      "--http-port <port>",
      "where /metrics, /health and /ready are served at the first address; nowhere when absent",
    )
    .option("--client <range...>", "who may ask; everybody when absent")
    .option("--reverse-range <range...>", "ranges of pods and services: what is unknown in them does not exist")
    .option("--upstream <server...>", "whom to ask about other names: address[:port]; the machine's when absent")
    .option("--resolv-conf <file>", "names the machine's name servers", dnsDefaults.resolvConf)
    .option("--stub-domain <domain=server...>", "domains with name servers of their own: domain=address[:port]")
    .option("--ttl <seconds>", "how long answers may be remembered", String(dnsDefaults.ttlSeconds))
    .option("--service-address <address>", "under which pods know it")
    .option("--publish", "makes the service kube-dns with --service-address, leading to the first --address", false)
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runDns);
}

async function runDns(flags: Flags): Promise<void> {
  const logger = createLogger({ name: "dns", level: flags.logLevel });
  const transport = await connectFromKubeconfig(flags.kubeconfig);
  const shared = { clock: systemClock, random: Math.random, logger, client: createClient(transport) };
  const informers = createInformerFactory(shared);
  const dns = await startDns({ ...shared, informers }, optionsOf(flags));
  logger.info({ addresses: flags.address, port: dns.port }, "DNS is running");
  const stopping = new AbortController();
  const published = flags.publish ? publish(flags, dns, shared, stopping.signal) : Promise.resolve();
  await stopSignal();
  stopping.abort();
  await published;
  await dns.stop();
  await informers.stop();
  await transport.close();
}

async function publish(
  { serviceAddress: clusterIP = "", address: [address = ""] }: Flags,
  { port, httpPort }: Pick<Dns, "port" | "httpPort">,
  {
    client,
    clock,
    logger,
  }: { client: ReturnType<typeof createClient>; clock: typeof systemClock; logger: ReturnType<typeof createLogger> },
  signal: AbortSignal,
): Promise<void> {
  await publishDns(client, { clusterIP, address, port, httpPort }, clock, signal).catch((error) => {
    if (!signal.aborted) logger.error({ err: error }, "the service kube-dns could not be published");
  });
}

function optionsOf(flags: Flags): DnsOptions {
  return {
    ...dnsDefaults,
    clusterDomain: flags.clusterDomain,
    addresses: flags.address,
    port: Number(flags.port),
    ...(flags.httpPort && { httpPort: Number(flags.httpPort) }),
    ...(flags.client && { clients: flags.client }),
    ...(flags.serviceAddress && { serviceAddress: flags.serviceAddress }),
    reverseRanges: flags.reverseRange ?? [],
    ...(flags.upstream && { upstreams: flags.upstream.map(parseNameServer) }),
    resolvConf: flags.resolvConf,
    stubDomains: parseStubDomains(flags.stubDomain ?? []),
    ttlSeconds: Number(flags.ttl),
  };
}
