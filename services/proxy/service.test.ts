import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { type Node, NodeServiceDefinition } from "../../gen/typernetes/core/v1/node.ts";
import type { Service } from "../../gen/typernetes/core/v1/service.ts";
import { ServiceServiceDefinition } from "../../gen/typernetes/core/v1/service.ts";
import {
  type EndpointSlice,
  EndpointSliceServiceDefinition,
} from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { ProxyServiceDefinition } from "../../gen/typernetes/proxy/v1/proxy.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { FakeKind } from "../../lib/client/fake-api.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { inProcessTransport } from "../../lib/grpc/in-process.ts";
import { Router } from "../../lib/grpc/router.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import type { ProxyBackend, ServiceTable } from "./backends/backend.ts";
import { createUserspaceBackend } from "./backends/userspace/userspace-backend.ts";
import { proxyDefaults } from "./options.ts";
import { type ServiceProxy, startProxy } from "./service.ts";

const identity = { user: "system:kube-proxy", groups: [] };
const address = `127.${150 + (process.pid % 50)}.${process.pid % 250}.1`;
const services = new FakeKind<Service>();
const slices = new FakeKind<EndpointSlice>();
const nodes = new FakeKind<Node>();
const tables: ServiceTable[] = [];
const endpoint = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
const userspace = createUserspaceBackend();
const router = new Router();
const client = createClient(inProcessTransport(router, identity, { logger: silentLogger }));
const informers = createInformerFactory();
let proxy: ServiceProxy;

/** Forwards in this process, and notes what it was given. */
const backend: ProxyBackend = {
  name: "userspace",
  apply: async (table) => {
    await userspace.apply(table);
    tables.push(table);
  },
  close: () => userspace.close(),
};

before(async () => {
  await once(endpoint, "listening");
  services.serve(router, ServiceServiceDefinition);
  slices.serve(router, EndpointSliceServiceDefinition);
  nodes.serve(router, NodeServiceDefinition);
  services.create(service("first", 8000));
  const deps = { client, informers, backend, clock: systemClock, random: Math.random, logger: silentLogger };
  proxy = await startProxy(deps, { ...proxyDefaults, nodeName: "here", resyncMs: 600_000 });
});
after(async () => {
  await proxy?.stop();
  await informers.stop();
  await backend.close();
  endpoint.close();
});

function service(name: string, port: number): Service {
  const spec = { clusterIP: address, clusterIPs: [address], ports: [{ port }] };
  return { metadata: { namespace: "default", name }, spec };
}

function slice(name: string, ready: boolean): EndpointSlice {
  const port = endpoint.address();
  assert.ok(port !== null && typeof port === "object");
  return {
    metadata: { namespace: "default", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port: port.port }],
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready } }],
  };
}

function answerAt(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.once("data", (chunk) => resolve(String(chunk)));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve("closed"));
  });
}

test("a service is reached as soon as it has a ready endpoint, and no longer than that", async () => {
  await eventually(() => tables.length > 0);
  assert.equal(await answerAt(8000), "ECONNREFUSED");
  slices.create(slice("first", false));
  slices.create(slice("second", true));
  await client.core.v1.services.create(service("second", 8001));
  await eventually(async () => (await answerAt(8001)) === "hello");
  assert.equal(await answerAt(8000), "ECONNREFUSED");
  slices.put(slice("first", true));
  await eventually(async () => (await answerAt(8000)) === "hello");
  slices.put(slice("first", false));
  await eventually(async () => (await answerAt(8000)) === "ECONNREFUSED");
  services.remove("default/second");
  await eventually(async () => (await answerAt(8001)) === "ECONNREFUSED");
});

test("services that did not change are the same objects in the next table", async () => {
  services.create(service("third", 8003));
  const before = await eventually(() => tables.at(-1)?.ports.find(({ port }) => port === 8003));
  slices.put(slice("first", true));
  await eventually(() => tables.at(-1)?.ports.some(({ port, endpoints }) => port === 8000 && endpoints.length === 1));
  assert.equal(
    tables.at(-1)?.ports.find(({ port }) => port === 8003),
    before,
  );
});

test("endpoints with hints for the node's zone are taken as soon as the node has that zone", async () => {
  services.create(service("zonal", 8004));
  const [near, far] = [slice("zonal", true), slice("zonal", true)];
  const hinted = (of: EndpointSlice, ip: string, zone: string) =>
    (of.endpoints ?? []).map((endpoint) => ({ ...endpoint, addresses: [ip], hints: { forZones: [{ name: zone }] } }));
  const endpoints = [...hinted(near, "127.0.0.1", "near"), ...hinted(far, "127.0.0.2", "far")];
  slices.create({ ...near, endpoints });
  const ips = () =>
    tables
      .at(-1)
      ?.ports.find(({ port }) => port === 8004)
      ?.endpoints.map(({ ip }) => ip);
  await eventually(() => ips()?.length === 2);
  nodes.create({ metadata: { name: "here", labels: { "topology.kubernetes.io/zone": "near" } } });
  await eventually(() => ips()?.join() === "127.0.0.1");
  nodes.put({ metadata: { name: "here", labels: { "topology.kubernetes.io/zone": "far" } } });
  await eventually(() => ips()?.join() === "127.0.0.2");
  services.remove("default/zonal");
  await eventually(() => ips() === undefined);
});

test("the proxy tells what is programmed and where a service leads", async () => {
  const transport = inProcessTransport(proxy.router, identity, { logger: silentLogger });
  const { getTable, resolve } = ProxyServiceDefinition.methods;
  const table = await transport.unary(ProxyServiceDefinition, getTable, {});
  assert.equal(table.mode, "userspace");
  assert.deepEqual(table.ports?.map(({ id }) => id).sort(), ["default/first:8000", "default/third:8003"]);
  const request = { namespace: "default", name: "first", port: "8000" };
  const answer = await transport.unary(ProxyServiceDefinition, resolve, request);
  assert.deepEqual(
    answer.ports?.map(({ addresses }) => addresses),
    [[address]],
  );
  const unknown = transport.unary(ProxyServiceDefinition, resolve, { ...request, name: "none" });
  await assert.rejects(unknown, { reason: "NotFound", message: /service "default\/none" is not programmed/ });
});
