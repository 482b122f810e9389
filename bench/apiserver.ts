import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { Pod } from "../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../lib/client/client.ts";
import { createClient } from "../lib/client/create-client.ts";
import { connect } from "../lib/grpc/connect.ts";
import type { MethodDefinition } from "../lib/grpc/method.ts";
import type { Transport } from "../lib/grpc/transport.ts";
import { silentLogger } from "../lib/observe/logger.ts";
import { openEmbeddedStore } from "../lib/storage/embedded/embedded-store.ts";
import { componentSubjects, startApiserver } from "../services/apiserver/service.ts";
import { type Figure, record } from "./support/record.ts";

/*
 * The apiserver on the embedded store, in process and over mTLS gRPC: gets, durable creates, lists, fan-out to watchers, and memory
 * over churn. Clients and server share the machine, and in process also the event loop. Run with `--expose-gc` for the heap.
 * Usage: apiserver.ts [pods] [updates]
 */
const podCount = Number(process.argv[2] ?? 10_000);
const updateCount = Number(process.argv[3] ?? 100_000);
const connections = 32;
const growthMax = 1.05;
const figures: Figure[] = [];

const directory = mkdtempSync(join(tmpdir(), "typernetes-bench-"));
const startedAt = performance.now();
const store = await openEmbeddedStore({ directory: join(directory, "store") });
const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
const apiserver = await startApiserver(
  { store, logger: silentLogger },
  { listen, disableAdmissionPlugins: ["ServiceAccount"] },
);
report("start from nothing, certificates included", performance.now() - startedAt, "ms");

const pki = apiserver.pki!;
const tls = { ca: pki.caCertificate, ...(await pki.clientCertificate(componentSubjects.admin)) };
const wire = connect({ address: `127.0.0.1:${apiserver.grpcPort}`, tls });
const local = apiserver.transportFor({ user: "kubernetes-admin", groups: ["system:masters"] });
const doors: [string, Client][] = [
  ["in process", createClient(local)],
  ["gRPC", createClient(wire)],
];
const [, inProcess] = doors[0]!;

for (const [door, client] of doors) await benchWritesAndReads(door, client);
await fill(inProcess);
const readers: [string, Client][] = [doors[0]!, ["gRPC, answers not decoded", createClient(undecoded(wire))]];
for (const [door, client] of readers) await benchLists(door, client);
for (const [door, client] of readers) await benchFanOut(door, client, 1000);
const growth = await benchChurn(inProcess);

await wire.close();
await apiserver.close();
await store.close();
rmSync(directory, { recursive: true });
figures.push({
  what: `heap with ${podCount} pods after ${updateCount} updates, to that before`,
  value: growth,
  unit: "times",
  goal: growthMax,
});
record("apiserver", figures);

/** A transport whose answers cost the client nothing, so that the server is measured: events are counted, no more. */
function undecoded(transport: Transport): Transport {
  const count = (bytes: BinaryReader | Uint8Array) => {
    const reader = bytes instanceof BinaryReader ? bytes : new BinaryReader(bytes);
    const events: object[] = [];
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) events.push({ type: "MODIFIED", object: {} });
      reader.skip(wireType);
    }
    return { events, items: [] };
  };
  const blind = <Req, Res>(method: MethodDefinition<Req, Res>): MethodDefinition<Req, Res> => ({
    ...method,
    // Stands for any list and any watch response.
    responseType: { encode: method.responseType.encode, decode: (bytes) => count(bytes) as Res },
  });
  return {
    unary: (service, method, request, options) => transport.unary(service, blind(method), request, options),
    serverStream: (service, method, request, options) =>
      transport.serverStream(service, blind(method), request, options),
    duplex: (service, method, requests, options) => transport.duplex(service, method, requests, options),
    close: () => transport.close(),
  };
}

function podOf(name: string, node = "worker-1"): Pod {
  const env = Array.from({ length: 8 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value of ${index}` }));
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } };
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  const ports = [{ name: "http", containerPort: 8080 }];
  const container = { name: "main", image: "registry.example/app:1.2.3", env, resources, ports, readinessProbe: probe };
  return {
    metadata: {
      name,
      namespace: "default",
      labels: { app: "bench", tier: "web" },
      annotations: { note: "x".repeat(200) },
    },
    spec: { nodeName: node, containers: [container] },
  };
}

async function benchWritesAndReads(door: string, client: Client): Promise<void> {
  const { configmaps, pods } = client.core.v1;
  const prefix = door.replace(/\W/g, "").toLowerCase();
  const config = (name: string) => ({
    metadata: { name, namespace: "default" },
    data: { key: "value", other: "x".repeat(100) },
  });
  await perSecond(`create ConfigMap, durable, ${door}`, 4000, (i) => configmaps.create(config(`${prefix}-${i}`)));
  await perSecond(`create Pod, durable, ${door}`, 4000, (i) => pods.create(podOf(`${prefix}-${i}`)));
  await perSecond(`get Pod, ${door}`, 20_000, (i) => pods.get(`${prefix}-${i % 4000}`, { namespace: "default" }));
  await pods.deleteCollection({ namespace: "default", deleteOptions: { gracePeriodSeconds: 0 } });
  await configmaps.deleteCollection({ namespace: "default" });
}

async function fill(client: Client): Promise<void> {
  await perSecond(`fill with ${podCount} pods`, podCount, (i) =>
    client.core.v1.pods.create(podOf(`pod-${i}`, `worker-${i % 100}`)),
  );
}

async function benchLists(door: string, client: Client): Promise<void> {
  const { pods } = client.core.v1;
  await perSecond(`list page of 500 pods, ${door}`, 200, () => pods.list({ limit: 500 }), 8);
  await perSecond(`list all ${podCount} pods, ${door}`, 10, () => pods.list(), 2);
  await perSecond(
    `list pods of one node, ${door}`,
    200,
    () => pods.list({ fieldSelector: "spec.nodeName=worker-7" }),
    8,
  );
}

/** What one event costs for each of many watchers, when all have it before the next one comes. */
async function benchFanOut(door: string, client: Client, watchers: number): Promise<void> {
  const { configmaps } = client.core.v1;
  const { metadata } = await configmaps.list({ namespace: "kube-public", limit: 1, resourceVersion: "0" });
  const resourceVersion =
    metadata?.resourceVersion ?? (await inProcess.core.v1.configmaps.list()).metadata?.resourceVersion;
  const abort = new AbortController();
  const changes = 50;
  let seen = 0;
  let allHaveIt = () => {};
  const watching = Array.from({ length: watchers }, async () => {
    let own = 0;
    for await (const events of configmaps.watch({ namespace: "kube-public", resourceVersion, signal: abort.signal })) {
      own += events.length;
      seen += events.length;
      if (seen % watchers === 0) allHaveIt();
      if (own >= changes) return;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const prefix = door.replace(/\W/g, "").toLowerCase();
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < changes; i++) {
    const delivered = new Promise<void>((resolve) => {
      allHaveIt = resolve;
    });
    await inProcess.core.v1.configmaps.create({ metadata: { name: `${prefix}-${i}`, namespace: "kube-public" } });
    await delivered;
  }
  await Promise.all(watching);
  const { user, system } = process.cpuUsage(cpuBefore);
  abort.abort();
  report(`event to ${watchers} watchers, client and server, ${door}`, (user + system) / seen, "µs of CPU each");
}

async function benchChurn(client: Client): Promise<number> {
  const { pods } = client.core.v1;
  const heap = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const update = (i: number) => {
    const name = `pod-${i % podCount}`;
    return pods.patch(name, { metadata: { annotations: { turn: String(i) } } }, { namespace: "default" });
  };
  await perSecond("warm up: patch Pod, in process", Math.min(10_000, updateCount), update);
  const before = heap();
  await perSecond("patch Pod, durable, in process", updateCount, update);
  report(`heap with ${podCount} pods`, before, "MiB");
  const after = heap();
  report(`heap after ${updateCount} updates`, after, "MiB");
  report("resident", process.memoryUsage().rss / 2 ** 20, "MiB");
  return after / before;
}

async function perSecond(
  what: string,
  count: number,
  work: (index: number) => Promise<unknown>,
  lanes = connections,
): Promise<void> {
  let next = 0;
  const begun = performance.now();
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  report(what, (count / (performance.now() - begun)) * 1000, "/s");
}

function report(what: string, value: number, unit: string): void {
  figures.push({ what, value, unit });
}
