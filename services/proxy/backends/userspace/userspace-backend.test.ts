import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { eventually } from "../../../../lib/base/eventually.ts";
import { freePort } from "../../../../lib/base/test-port.ts";
import type { Endpoint, ProxyBackend, ServicePortEntry } from "../backend.ts";
import { type Stage, testBackendConformance } from "../conformance.ts";
import { Agent } from "../conformance-client.ts";
import { createUserspaceBackend, type UserspaceOptions } from "./userspace-backend.ts";

/** A node whose pods are addresses of the loopback device: of a range of its own per test process. */
async function openLoopbackStage(): Promise<Stage> {
  const range = `127.${100 + (process.pid % 100)}.${process.pid % 250}`;
  const endpoints = [10, 11, 12].map((last) => ({ ip: `${range}.${last}`, port: 8080 }));
  const pods = endpoints.map(({ ip }) => new Agent({ from: ip }));
  const outside = new Agent({ from: `${range}.50` });
  const host = new Agent({ from: "127.0.0.1" });
  const backend = createUserspaceBackend({ podRanges: [`${range}.8/29`] });
  const replies = await Promise.all(
    pods.map((pod, number) => pod.request({ do: "serve", ...endpoints[number]!, name: `e${number}` })),
  );
  assert.deepEqual(replies, [{}, {}, {}]);
  return {
    backend,
    host,
    pods,
    endpoints,
    outside,
    serviceAddresses: [`${range}.100`, `${range}.101`],
    nodeAddresses: { host: ["127.0.0.1"], outside: "127.0.0.1" },
    firstPort: 21_000 + (process.pid % 1_000),
    close: async () => {
      await Promise.all([backend.close(), ...[...pods, outside, host].map((agent) => agent.close())]);
    },
  };
}

testBackendConformance("userspace", openLoopbackStage);

const range = `127.${200 + (process.pid % 50)}.${process.pid % 250}`;

/** A service at an address of this file's own range. */
function entry(last: number, port: number, more: Partial<ServicePortEntry> = {}): ServicePortEntry {
  return { id: `test/${last}`, protocol: "TCP", addresses: [`${range}.${last}`], port, endpoints: [], ...more };
}

/** A TCP server that holds its connections open; ends with the test. */
async function serve(
  t: TestContext,
  greeting = "",
  port = 0,
): Promise<{ endpoint: Endpoint; sockets: Socket[]; server: Server }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    if (greeting) socket.write(greeting);
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return { endpoint: { ip: "127.0.0.1", port: address.port }, sockets, server };
}

/** What a new connection is greeted with, or its error code. */
async function greetingAt(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  try {
    const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(60_000) });
    return String(chunk);
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
  }
}

function openBackend(t: TestContext, options: UserspaceOptions = {}): { backend: ProxyBackend; warnings: string[] } {
  const warnings: string[] = [];
  const backend = createUserspaceBackend({ ...options, warn: (message) => warnings.push(message) });
  t.after(() => backend.close());
  return { backend, warnings };
}

test("a port that is taken is reported, the others serve, and it is taken as soon as it is free", async (t) => {
  const { endpoint } = await serve(t, "hello");
  const squatter = createServer().listen(8001, `${range}.1`);
  await once(squatter, "listening");
  const { backend, warnings } = openBackend(t);
  const ports = [entry(1, 8001, { endpoints: [endpoint] }), entry(2, 8001, { endpoints: [endpoint] })];
  await backend.apply({ ports });
  assert.deepEqual(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^test\/1: cannot listen on 127\.\d+\.\d+\.1 port 8001: .*EADDRINUSE/);
  assert.equal(await greetingAt(`${range}.2`, 8001), "hello");
  await backend.apply({ ports });
  assert.equal(warnings.length, 1, "what was told is not told again");
  squatter.close();
  await once(squatter, "close");
  await backend.apply({ ports });
  assert.equal(await greetingAt(`${range}.1`, 8001), "hello");
});

test("addresses that are not the machine's and protocols that cannot be forwarded are reported", async (t) => {
  const { backend, warnings } = openBackend(t);
  const endpoints = [{ ip: "127.0.0.1", port: 1 }];
  await backend.apply({
    ports: [entry(1, 8002, { addresses: ["10.96.0.1"], endpoints }), entry(2, 8002, { protocol: "SCTP", endpoints })],
  });
  assert.match(warnings.sort().join("\n"), /EADDRNOTAVAIL.*SCTP cannot be forwarded without nftables/s);
});

test("an endpoint that does not answer is passed over; when none does the client is reset", async (t) => {
  const { endpoint, server } = await serve(t, "hello", await freePort());
  const dead = { ip: "127.0.0.1", port: await freePort() };
  const { backend } = openBackend(t);
  await backend.apply({ ports: [entry(3, 8003, { endpoints: [dead, endpoint] })] });
  for (let round = 0; round < 6; round++) assert.equal(await greetingAt(`${range}.3`, 8003), "hello");
  server.close();
  assert.equal(await greetingAt(`${range}.3`, 8003), "ECONNRESET");
});

test("both ends are destroyed when the other fails, and all when the backend closes", async (t) => {
  const { endpoint, sockets } = await serve(t, "hello");
  const { backend } = openBackend(t);
  await backend.apply({ ports: [entry(4, 8004, { endpoints: [endpoint] })] });
  const open = async () => {
    const socket = connect({ host: `${range}.4`, port: 8004 }).on("error", () => {});
    await once(socket, "data");
    return socket;
  };
  const [first, second, third] = [await open(), await open(), await open()];
  first.resetAndDestroy();
  await closed(sockets[0]!);
  sockets[1]!.resetAndDestroy();
  await closed(second);
  await backend.close();
  await Promise.all([closed(third), closed(sockets[2]!)]);
});

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

test("beyond the bound connections are reset, and taken again when others ended", async (t) => {
  const { endpoint } = await serve(t, "hello");
  const { backend } = openBackend(t, { connectionsMax: 2 });
  await backend.apply({ ports: [entry(5, 8005, { endpoints: [endpoint] })] });
  const open = [1, 2].map(() => connect({ host: `${range}.5`, port: 8005 }).on("error", () => {}));
  await Promise.all(open.map((socket) => once(socket, "data")));
  assert.equal(await greetingAt(`${range}.5`, 8005), "ECONNRESET");
  for (const socket of open) socket.destroy();
  await eventually(async () => (await greetingAt(`${range}.5`, 8005)) === "hello");
});

test("five hundred services are opened, changed and closed in a moment", async (t) => {
  const { endpoint } = await serve(t, "hello");
  const { backend, warnings } = openBackend(t);
  const ports = Array.from({ length: 500 }, (_, index) =>
    entry(1 + (index % 250), 9000 + index, { endpoints: [endpoint] }),
  );
  const startMs = performance.now();
  await backend.apply({ ports });
  const openedMs = performance.now();
  await backend.apply({ ports: ports.slice(1) });
  const changedMs = performance.now();
  assert.deepEqual(warnings, []);
  assert.equal(await greetingAt(`${range}.2`, 9001), "hello");
  assert.equal(await greetingAt(`${range}.1`, 9000), "ECONNREFUSED");
  t.diagnostic(`opened in ${Math.round(openedMs - startMs)} ms, changed in ${Math.round(changedMs - openedMs)} ms`);
});
