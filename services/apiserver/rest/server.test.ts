import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { eventually } from "../../../lib/base/eventually.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "./test-rest-server.ts";

let server: TestRestServer;
let admin: RestClient;

before(async () => {
  server = await startTestRestServer();
  admin = await server.client(administrator);
});
after(() => server.close());

async function answerOver(session: ClientHttp2Session, path: string): Promise<{ status: number; text: string }> {
  const stream = session.request({ ":path": path });
  const [headers] = await once(stream, "response");
  const chunks: Buffer[] = await stream.toArray();
  return { status: Number(headers[":status"]), text: Buffer.concat(chunks).toString() };
}

/** A connection that the server may end as it likes. */
async function connected(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port: server.port, ...options });
  await once(socket, "secureConnect");
  return socket.on("error", () => {});
}

test("http/2 is spoken on the same port, many requests at once, and the client is known", async () => {
  const session = connect(`https://127.0.0.1:${server.port}`, admin.tls);
  const paths = ["/api/v1/namespaces", "/apis/apps/v1/deployments", "/api/v1/pods", "/metrics", "/nonsense"];
  const answers = await Promise.all(paths.map((path) => answerOver(session, path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 404],
  );
  const watch = session.request({ ":path": "/api/v1/namespaces?watch=true" });
  let told = "";
  for await (const chunk of watch) {
    told += chunk;
    if (told.includes("\n")) break;
  }
  assert.equal(JSON.parse(told.split("\n")[0] ?? "").type, "ADDED");
  session.close();
  await once(session, "close");
});

test("large objects are all answered over one connection, also when none is read before all are there", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const body = { metadata: { name: "large" }, data: { a: "x".repeat(900_000) } };
  assert.equal((await admin.send("POST", path, { body })).status, 201);
  const session = connect(`https://127.0.0.1:${server.port}`, admin.tls);
  const streams = Array.from({ length: 20 }, () => session.request({ ":path": `${path}/large` }));
  await Promise.all(streams.map((stream) => once(stream, "response")));
  for (const stream of streams) {
    const chunks: Buffer[] = await stream.toArray();
    assert.ok(Buffer.concat(chunks).length > 900_000);
  }
  session.destroy();
});

test("a path may be as long as the long command of an exec", async () => {
  const path = `/api/v1/namespaces?labelSelector=${"a".repeat(20_000)}`;
  const session = connect(`https://127.0.0.1:${server.port}`, admin.tls);
  const overHttp2 = await answerOver(session, path);
  session.destroy();
  for (const { status, text } of [await admin.get(path), overHttp2]) {
    assert.equal(status, 400);
    assert.match(text, /unable to parse requirement/);
  }
});

test("nothing is left of a watch that is asked for with HEAD over http/2, or reset", async () => {
  const session = connect(`https://127.0.0.1:${server.port}`, admin.tls);
  for (const method of ["HEAD", "GET"]) {
    const watch = session.request({ ":method": method, ":path": "/api/v1/namespaces?watch=true" });
    const closed = once(watch, "close");
    await once(watch, "response");
    watch.close();
    await closed;
  }
  await eventually(async () => /^apiserver_longrunning_requests 0$/m.test((await admin.get("/metrics")).text));
  session.destroy();
});

test("nothing is left of requests that were sent all at once, when their client goes", async () => {
  const socket = await connected({ ...admin.tls, ALPNProtocols: ["http/1.1"] });
  socket.write("GET /api/v1/namespaces?watch=true HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50));
  await once(socket, "data");
  const watching = async () => /^apiserver_registered_watchers (\d+)$/m.exec((await admin.get("/metrics")).text)?.[1];
  await eventually(async () => Number(await watching()) >= 50);
  socket.destroy();
  await eventually(async () => {
    const { text } = await admin.get("/metrics");
    return /^apiserver_longrunning_requests 0$/m.test(text) && Number(await watching()) < 50;
  });
});

test("a client that wanted another protocol for its watch, and was not heard, is noticed when it goes", async () => {
  const socket = await connected(admin.tls);
  const lines = ["GET /api/v1/namespaces?watch=true HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: SPDY/3.1"];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await once(socket, "data");
  socket.end("nonsense");
  await eventually(async () => /^apiserver_longrunning_requests 0$/m.test((await admin.get("/metrics")).text));
  socket.destroy();
});

test("a large list arrives whole over http/2, however slowly it is read", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const data = { text: "x".repeat(300_000) };
  for (let index = 0; index < 10; index++) {
    await admin.send("POST", path, { body: { metadata: { name: `large-${index}` }, data } });
  }
  const session = connect(`https://127.0.0.1:${server.port}`, admin.tls);
  const { text } = await answerOver(session, path);
  assert.ok(JSON.parse(text).items.length >= 10);
  session.destroy();
});

test("what is no http is turned away, and the server goes on", async () => {
  const socket = await connected({ ca: admin.tls.ca });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("nonsense\r\n\r\n");
  socket.resume();
  await closed;
  assert.equal((await admin.get("/readyz")).text, "ok");
});

test("a request for another protocol is answered as any other where there is none", async () => {
  const headers = { connection: "Upgrade", upgrade: "websocket" };
  const answer = await admin.get("/api/v1/namespaces/default", headers);
  assert.deepEqual([answer.status, answer.json["kind"]], [200, "Namespace"]);
  const refused = await (await server.client()).get("/api/v1/namespaces/default", headers);
  assert.equal(refused.status, 403);
});

test("a server closes although clients keep their connections", async () => {
  await eventually(async () => {
    const other = await startTestRestServer();
    const client = await other.client(administrator);
    await client.get("/readyz");
    const session = connect(`https://127.0.0.1:${other.port}`, client.tls);
    await answerOver(session, "/readyz");
    const begun = Date.now();
    await other.close();
    session.destroy();
    // Less than what it grants to requests that are being answered.
    return Date.now() - begun < 1500;
  });
});
