import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { WebSocketServer } from "ws";
import { eventually } from "../../../../../lib/base/eventually.ts";
import { lastingAddresses } from "../../../../../lib/net/lasting-addresses.ts";
import { pods, type StreamServer, startStreamServer } from "../test-stream-server.ts";

let server: StreamServer;
let backend: Server;
let port: number;
/** What the backend was asked. */
const asked: { method?: string; url?: string; headers: IncomingMessage["headers"]; body: string }[] = [];
let broken = 0;

before(async () => {
  server = await startStreamServer();
  backend = createServer((request, response) => void answer(request, response)).listen(0);
  new WebSocketServer({ server: backend }).on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    socket.on("close", () => broken++);
  });
  await once(backend, "listening");
  const address = backend.address();
  port = typeof address === "object" && address ? address.port : 0;
  const { client } = server;
  const body = { status: { phase: "Running", podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] } };
  const headers = { "content-type": "application/merge-patch+json" };
  const patched = await client.send("PATCH", `${pods}/one/status`, { body: JSON.stringify(body), headers });
  assert.equal(patched.status, 200, patched.text);
  await furnishServices();
});
after(async () => {
  backend.closeAllConnections();
  backend.close();
  await server.close();
});

async function furnishServices(): Promise<void> {
  const namespace = "/api/v1/namespaces/default";
  const ports = [{ name: "web", port: 80, targetPort: port }];
  for (const name of ["full", "empty"]) {
    const created = await server.client.send("POST", `${namespace}/services`, {
      body: { metadata: { name }, spec: { ports } },
    });
    assert.equal(created.status, 201, created.text);
  }
  if (!ownAddress) return;
  const subsets = [{ addresses: [{ ip: ownAddress }], ports: [{ name: "web", port }] }];
  const body = { metadata: { name: "full" }, subsets };
  const made = await server.client.send("POST", `${namespace}/endpoints`, { body });
  assert.equal(made.status, 201, made.text);
}

/** Endpoints must not be on loopback. */
const ownAddress = lastingAddresses().find(({ family, internal }) => family === "IPv4" && !internal)?.address;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "", headers } = request;
  const chunks: Buffer[] = await request.toArray();
  asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
  if (url === "/redirect") return void response.writeHead(302, { location: "/there" }).end();
  if (url === "/slow") return void response.write("begun");
  if (url === "/page") {
    const body = gzipSync('<a href="/there">x</a>');
    return void response.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" }).end(body);
  }
  response.writeHead(201, { "x-answer": "yes", connection: "close, x-hop", "x-hop": "1" }).end(`${method} ${url}`);
}

const prefix = () => `${pods}/one:${port}/proxy`;

test("method, path, query, headers and body arrive; so do code, headers and body of the answer", async () => {
  const headers = {
    "x-mine": "1",
    "impersonate-user": "kubernetes-admin",
    "impersonate-group": "system:masters",
    te: "x",
  };
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    const {
      status,
      text,
      headers: answered,
    } = await server.client.send(method, `${prefix()}/a%20b/?c=d%2Fe`, {
      headers,
      ...(method !== "GET" && { body: "hello" }),
    });
    assert.deepEqual([status, text], [201, `${method} /a%20b/?c=d%2Fe`]);
    assert.deepEqual([answered["x-answer"], answered["x-hop"]], ["yes", undefined]);
    const last = asked.at(-1);
    assert.equal(last?.body, method === "GET" ? "" : "hello");
    assert.equal(last?.headers["x-mine"], "1");
    assert.equal(last?.headers["x-forwarded-uri"], `${prefix()}/a%20b/`);
    for (const name of ["impersonate-user", "authorization", "te"]) assert.equal(last?.headers[name], undefined);
  }
});

test("what stands behind HTTP/2 is asked the same", async () => {
  const { connect } = await import("node:http2");
  const session = connect(`https://127.0.0.1:${server.rest.port}`, server.client.tls);
  const stream = session.request({ ":method": "POST", ":path": `${prefix()}/x?y` });
  stream.end("hello");
  const chunks: Buffer[] = await stream.toArray();
  assert.equal(Buffer.concat(chunks).toString(), "POST /x?y");
  assert.equal(asked.at(-1)?.body, "hello");
  session.close();
});

test("redirects and pages lead through the proxy", async () => {
  assert.equal((await server.client.get(`${prefix()}/redirect`)).headers.location, `${prefix()}/there`);
  const page = await server.client.get(`${prefix()}/page`);
  assert.equal(page.text, `<a href="${prefix()}/there">x</a>`);
  const bare = await server.client.get(`${prefix()}?a=b`);
  assert.deepEqual([bare.status, bare.headers.location], [301, `${prefix()}/?a=b`]);
});

test("services are reached by the name or number of a port", async (t) => {
  const path = "/api/v1/namespaces/default/services";
  const message = async (name: string) => (await server.client.get(`${path}/${name}/proxy/x`)).json["message"];
  assert.equal(await message("full:81"), 'no service port 81 found for service "full"');
  assert.equal(await message("empty:80"), 'no endpoints available for service "empty"');
  assert.equal(await message("none:80"), 'services "none" not found');
  if (!ownAddress) return t.skip("this machine has no address besides loopback's");
  for (const name of ["full:80", "full:web", "http:full:web"]) {
    assert.equal((await server.client.get(`${path}/${name}/proxy/x`)).text, "GET /x");
  }
});

test("who cannot be reached is told of with 503", async () => {
  const { status, json } = await server.client.get(`${pods}/one:1/proxy/`);
  assert.equal(status, 503);
  assert.match(String(json["message"]), /^error trying to reach service: connect ECONNREFUSED 127\.0\.0\.1:1$/);
});

test("what a kubelet answers over HTTP is asked for as a part of its node", async () => {
  const node = "/api/v1/nodes/node/proxy";
  const { status, text, headers } = await server.client.get(`${node}/stats/summary?only_cpu_and_memory=true`);
  assert.deepEqual([status, text], [200, "/stats/summary?only_cpu_and_memory=true\n"]);
  assert.equal(headers["content-type"], "text/plain; version=0.0.4");
  const missing = await server.client.get(`${node}/nothing`);
  assert.deepEqual([missing.status, missing.text], [404, "/nothing\n"]);
  const head = await server.client.send("HEAD", `${node}/metrics`);
  assert.deepEqual([head.status, head.text], [200, ""]);
  assert.equal((await server.client.send("POST", `${node}/run`)).status, 405);
});

test("a WebSocket goes through, and when its client goes, the other end does, too", async () => {
  const client = await server.webSocket(`${prefix()}/socket`).opened();
  client.socket.send("hello");
  await eventually(() => client.messages[0]?.toString() === "hello");
  client.socket.terminate();
  await eventually(() => broken === 1);
  const refused = await server.webSocket(`${pods}/one:1/proxy/socket`).ended();
  assert.equal(refused.refusal?.code, 503);
});

test("who does not wait for an answer ends the question", async () => {
  const connections = () => new Promise<number>((resolve) => backend.getConnections((_, count) => resolve(count)));
  await eventually(async () => (await connections()) === 0);
  const stream = server.client.stream(`${prefix()}/slow`);
  await stream.headers;
  assert.equal(await connections(), 1);
  stream.stop();
  await eventually(async () => (await connections()) === 0);
});
