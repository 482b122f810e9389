import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { closeSessionsWhenIdle } from "./close-when-idle.ts";

closeSessionsWhenIdle();

/** Answers at once, but for `/wait`: to that once `finish` is called. */
async function started(): Promise<{ server: Http2Server; port: number; paths: string[]; finish: () => void }> {
  const paths: string[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    paths.push(request.url);
    if (request.url === "/wait") waiting.add(() => response.end());
    else response.end("answer");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const finish = () => {
    for (const answer of waiting) answer();
  };
  return { server, port: typeof address === "object" && address ? address.port : 0, paths, finish };
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const [headersType, settingsType, goAwayType] = [1, 4, 7];

function frame(type: number, flags: number, stream: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.of(0, 0, body.length, type, flags, 0, 0, 0, stream), body]);
}

function get(stream: number, path: string): Buffer {
  const text = (part: string) => Buffer.concat([Buffer.of(part.length), Buffer.from(part)]);
  const parts = [":method", "GET", ":scheme", "http", ":authority", "x", ":path", path];
  const pairs = parts.map((part, index) => Buffer.concat([Buffer.alloc(1 - (index % 2)), text(part)]));
  return frame(headersType, 5, stream, Buffer.concat(pairs));
}

const goAway = frame(goAwayType, 0, 0, Buffer.alloc(8));

test("what comes behind a client's farewell is answered, and nothing is freed that is being read", async () => {
  const { server, port, paths } = await started();
  const [wait, late] = [get(1, "/wait"), get(3, "/late")];
  const bytes = Buffer.concat([preface, frame(settingsType, 0, 0), wait, goAway, late]);
  for (let round = 0; round < 200; round++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    let received = "";
    const answered = new Promise<void>((resolve, reject) => {
      socket.on("data", (chunk: Buffer) => {
        received += chunk.toString("latin1");
        if (received.includes("answer")) resolve();
      });
      socket.once("close", () => reject(new Error("closed without an answer")));
    });
    socket.write(bytes);
    await answered;
    socket.destroy();
  }
  assert.equal(paths.filter((path) => path === "/late").length, 200);
  server.close();
});

test("a connection is closed once its last stream is, at once where there is none", async () => {
  const { server, port, finish } = await started();
  const opened = async () => {
    const made = once(server, "session") as Promise<[ServerHttp2Session]>;
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    const [session] = await made;
    return { client, session };
  };
  const [idle, busy] = [await opened(), await opened()];
  const stream = busy.client.request({ ":path": "/wait" });
  await once(busy.session, "stream");
  const order: string[] = [];
  const idleClosed = new Promise<void>((resolve) => idle.session.close(resolve)).then(() => order.push("idle"));
  const busyClosed = new Promise<void>((resolve) => busy.session.close(resolve)).then(() => order.push("busy"));
  await idleClosed;
  assert.deepEqual(order, ["idle"]);
  // Those that come meanwhile are waited for, too.
  const other = busy.client.request({ ":path": "/other" });
  other.resume();
  await once(other, "close");
  const [headers] = (await Promise.all([once(stream, "response"), finish()]))[0] as [{ ":status": number }];
  stream.resume();
  assert.equal(headers[":status"], 200);
  await busyClosed;
  await new Promise((resolve) => server.close(resolve));
});
