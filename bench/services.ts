/**
 * A change of one endpoint among 5,000 services with 50,000: from the client's write until the kernel has the rule, through
 * apiserver, watch, service table and nftables, in a network namespace of its own. Needs root and nft.
 * Usage: services.ts [services] [changes]
 */
import { execFileSync } from "node:child_process";
import type { EndpointSlice } from "../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { systemClock } from "../lib/base/clock.ts";
import type { Client } from "../lib/client/client.ts";
import { createInformerFactory } from "../lib/client/shared-informers.ts";
import { silentLogger } from "../lib/observe/logger.ts";
import { startTestApiserver } from "../services/apiserver/test-harness.ts";
import type { ProxyBackend, ServiceTable } from "../services/proxy/backends/backend.ts";
import { proxyDefaults } from "../services/proxy/options.ts";
import { createNftablesBackend, startProxy } from "../services/proxy/service.ts";
import { median, record } from "./support/record.ts";

const services = Number(process.argv[2] ?? 5000);
const changes = Number(process.argv[3] ?? 20);
const endpointsEach = 10;
const writers = 64;
const namespace = "default";
const netns = `typernetes-bench-${process.pid}`;
const landMsMax = 120_000;

/** Tells when the kernel has a table. */
class WatchedBackend implements ProxyBackend {
  readonly name: ProxyBackend["name"];
  readonly #inner: ProxyBackend;
  readonly #waiting = new Set<{ isIn: (table: ServiceTable) => boolean; landed: () => void }>();

  constructor(inner: ProxyBackend) {
    this.name = inner.name;
    this.#inner = inner;
  }

  async apply(table: ServiceTable): Promise<void> {
    await this.#inner.apply(table);
    for (const each of this.#waiting) {
      if (!each.isIn(table)) continue;
      this.#waiting.delete(each);
      each.landed();
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  until(isIn: (table: ServiceTable) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the change did not land")), landMsMax);
      const landed = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add({ isIn, landed });
    });
  }
}

execFileSync("ip", ["netns", "add", netns]);
try {
  await measure();
} finally {
  execFileSync("ip", ["netns", "delete", netns]);
}

async function measure(): Promise<void> {
  const server = await startTestApiserver();
  const client = server.client();
  await fill(client);
  const informers = createInformerFactory();
  const backend = new WatchedBackend(await createNftablesBackend({ netns }));
  const began = performance.now();
  const whole = backend.until(({ ports }) => endpointsIn({ ports }) >= services * endpointsEach);
  const proxy = await startProxy(
    { client, informers, backend, clock: systemClock, random: Math.random, logger: silentLogger },
    { ...proxyDefaults, nodeName: "bench" },
  );
  await whole;
  const wholeMs = performance.now() - began;
  const landedMs: number[] = [];
  const bareMs: number[] = [];
  for (let change = 0; change < changes; change++) {
    landedMs.push(await changeOne(client, backend, change));
    bareMs.push(bareTransactionMs());
  }
  await proxy.stop();
  await informers.stop();
  await backend.close();
  await server.close();
  const cluster = `${services} services, ${services * endpointsEach} endpoints`;
  const peer = { what: "a bare run of nft", value: median(bareMs) };
  record("services", [
    {
      what: `${cluster}: from a change of one endpoint to the rule`,
      value: median(landedMs),
      unit: "ms",
      goal: 1000,
      peer,
    },
    { what: `${cluster}: the slowest of ${changes} changes`, value: Math.max(...landedMs), unit: "ms", goal: 1000 },
    { what: `${cluster}: from the proxy's start to all rules`, value: wholeMs, unit: "ms" },
  ]);
}

function endpointsIn({ ports }: ServiceTable): number {
  return ports.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
}

/** Gives a service another endpoint. */
async function changeOne(client: Client, backend: WatchedBackend, change: number): Promise<number> {
  const ip = `10.200.${change >> 8}.${change & 255}`;
  const index = (change * 7919) % services;
  const started = performance.now();
  const landed = backend.until(({ ports }) => ports.some(({ endpoints }) => endpoints.some((each) => each.ip === ip)));
  const endpoints = [...(sliceOf(index).endpoints ?? []).slice(1), { addresses: [ip], conditions: { ready: true } }];
  await client.discovery.v1.endpointslices.patch(`service-${index}`, { endpoints }, { namespace });
  await landed;
  return performance.now() - started;
}

/** What starting the tool and one transaction cost by themselves. */
function bareTransactionMs(): number {
  const started = performance.now();
  execFileSync("ip", ["netns", "exec", netns, "nft", "-f", "-"], { input: "add table inet bench\n" });
  return performance.now() - started;
}

async function fill(client: Client): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < services) {
      const index = next++;
      const spec = { selector: { app: `service-${index}` }, ports: [{ name: "http", port: 80 }] };
      await client.core.v1.services.create({ metadata: { name: `service-${index}`, namespace }, spec });
      await client.discovery.v1.endpointslices.create(sliceOf(index));
    }
  };
  await Promise.all(Array.from({ length: writers }, worker));
}

function sliceOf(index: number): EndpointSlice {
  const name = `service-${index}`;
  return {
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: endpointsEach }, (_, slot) => {
      const number = index * endpointsEach + slot;
      return {
        addresses: [`10.${130 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`],
        conditions: { ready: true },
      };
    }),
  };
}
