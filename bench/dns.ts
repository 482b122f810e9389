/**
 * Names of a cluster with 1,000 services, asked by another process over loopback: as many as one core answers, and how
 * long each takes at 5,000 a second, beside a bare socket in the same process that sends back what it is sent: what that
 * takes is the machine's and the load's own. Usage: dns.ts [runs]
 */
import { fork } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { systemClock } from "../lib/base/clock.ts";
import { createInformerFactory } from "../lib/client/shared-informers.ts";
import { silentLogger } from "../lib/observe/logger.ts";
import { startTestApiserver } from "../services/apiserver/test-harness.ts";
import { dnsDefaults } from "../services/dns/options.ts";
import { startDns } from "../services/dns/service.ts";
import type { Load, LoadResult } from "./support/dns-load.ts";
import { median, record } from "./support/record.ts";

const runs = Number(process.argv[2] ?? 3);
const services = 1000;
const endpointsEach = 10;
const pacedPerSecond = 5000;

const server = await startTestApiserver();
const client = server.client();
const names: [name: string, type: string][] = [];
for (let index = 0; index < services; index++) {
  const headless = index % 10 === 0;
  const metadata = { name: `service-${index}`, namespace: "default" };
  const ports = [{ name: "http", port: 80 }];
  await client.core.v1.services.create({ metadata, spec: { ports, ...(headless && { clusterIP: "None" }) } });
  if (headless) await addEndpoints(metadata.name, index);
  const domain = `${metadata.name}.default.svc.cluster.local`;
  names.push([domain, "A"], [domain, "AAAA"], [`_http._tcp.${domain}`, "SRV"]);
  // What a search list makes of names elsewhere.
  names.push([`host-${index}.example.org.default.svc.cluster.local`, "A"]);
}
const informers = createInformerFactory();
const deps = { client, informers, clock: systemClock, random: Math.random, logger: silentLogger };
const dns = await startDns(deps, { ...dnsDefaults, addresses: ["127.0.0.1"], upstreams: [] });

const echo = await startEcho();
const child = fork(join(import.meta.dirname, "support/dns-load.ts"));
const cost: number[] = [];
const rate: number[] = [];
const p99: number[] = [];
const echoed: number[] = [];
const lost: number[] = [];
await measure({ port: dns.port, names, seconds: 1, outstanding: 64 });
for (let run = 0; run < runs; run++) {
  const fast = await measure({ port: dns.port, names, seconds: 3, outstanding: 64 });
  cost.push(fast.cpuMicros / fast.answers);
  rate.push(fast.answers / fast.seconds);
  const paced = await measure({ port: dns.port, names, seconds: 4, perSecond: pacedPerSecond });
  p99.push(paced.p99Ms);
  const bare = await measure({ port: echo.address().port, names, seconds: 4, perSecond: pacedPerSecond });
  echoed.push(bare.p99Ms);
  lost.push(fast.lost + paced.lost);
}
child.disconnect();
echo.close();
await dns.stop();
await informers.stop();
await server.close();

console.log(`${Math.round(median(rate))} queries/s in all, the load beside it`);
record("dns", [
  // 20,000 a second from one core.
  { what: "DNS, names of the cluster: a core's time for each query", value: median(cost), unit: "µs", goal: 50 },
  {
    what: `DNS at ${pacedPerSecond} queries/s: 99 of 100 take at most, in the quietest run`,
    value: Math.min(...p99),
    unit: "ms",
    goal: 2,
    peer: { what: "a socket that echoes", value: Math.min(...echoed) },
  },
  {
    what: `DNS at ${pacedPerSecond} queries/s: 99 of 100 take at most, in the middle run`,
    value: median(p99),
    unit: "ms",
    peer: { what: "a socket that echoes", value: median(echoed) },
  },
  { what: "DNS: queries without an answer", value: Math.max(...lost), unit: "queries", goal: 0 },
]);

async function measure(load: Load): Promise<LoadResult & { cpuMicros: number }> {
  const before = process.cpuUsage();
  child.send(load);
  const [result]: LoadResult[] = await once(child, "message");
  if (!result) throw new Error("the load ended without a result");
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpuMicros: user + system };
}

/** Sends back what it is sent. */
async function startEcho(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.on("message", (message, { address, port }) => socket.send(message, port, address));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket;
}

async function addEndpoints(service: string, index: number): Promise<void> {
  const endpoints = Array.from({ length: endpointsEach }, (_, each) => ({
    addresses: [`10.244.${index % 250}.${each + 1}`],
    hostname: `${service}-${each}`,
  }));
  await client.discovery.v1.endpointslices.create({
    metadata: { name: service, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080 }],
    endpoints,
  });
}
