import { once } from "node:events";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { eventually } from "../../../../lib/base/eventually.ts";
import { dataFrameHead, type Frame, FrameParser, synStreamFrame } from "../../../../lib/spdy/frames.ts";
import { HeaderWriter } from "../../../../lib/spdy/header-blocks.ts";
import { administrator, type RestClient, startTestRestServer, type TestRestServer } from "../test-rest-server.ts";
import { TestKubelet } from "./test-kubelet.ts";

export const pods = "/api/v1/namespaces/default/pods";

/** An apiserver with one node, whose kubelet is a test's, and two pods on it: `one` has one container, `two` has two. */
export interface StreamServer {
  readonly rest: TestRestServer;
  readonly kubelet: TestKubelet;
  readonly client: RestClient;
  webSocket(path: string, protocols?: string[], headers?: Record<string, string>): WebSocketClient;
  /** Rejects with the answer's code and body when the server does not go on in SPDY. */
  spdy(path: string, headers?: Record<string, string>): Promise<SpdyClient>;
  /** SPDY within a WebSocket of a protocol. */
  tunnel(path: string, protocol: string): Promise<SpdyClient>;
  close(): Promise<void>;
}

export async function startStreamServer(): Promise<StreamServer> {
  const kubelet = new TestKubelet();
  const rest = await startTestRestServer({}, async () => kubelet.transport());
  const client = await rest.client(administrator);
  await furnish(client);
  const { ca, cert, key } = client.tls;
  const tls = { ca, ...(cert && { cert }), ...(key && { key }) };
  return {
    ...{ rest, kubelet, client },
    webSocket: (path, protocols = [], headers = {}) =>
      new WebSocketClient(new WebSocket(`wss://127.0.0.1:${rest.port}${path}`, protocols, { ...tls, headers })),
    spdy: (path, headers = {}) => {
      const all = { connection: "Upgrade", upgrade: "SPDY/3.1", ...headers };
      return openSpdy({
        host: "127.0.0.1",
        port: rest.port,
        method: "POST",
        path,
        headers: all,
        agent: new Agent(tls),
      });
    },
    async tunnel(path, protocol) {
      const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
      const headers = {
        ...upgrade,
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "sec-websocket-protocol": protocol,
      };
      const agent = new Agent(tls);
      const { socket } = await openSpdy({ host: "127.0.0.1", port: rest.port, path, headers, agent });
      return new SpdyClient(messagesOver(socket), {});
    },
    close: () => rest.close(),
  };
}

async function furnish(client: RestClient): Promise<void> {
  const create = async (path: string, body: object) => {
    const { status, text } = await client.send("POST", path, { body });
    if (status !== 201) throw new Error(text);
  };
  // Made by the server itself, soon.
  await eventually(async () => (await client.get("/api/v1/namespaces/default")).status === 200);
  await create("/api/v1/nodes", { metadata: { name: "node" } });
  const container = (name: string) => ({ name, image: "image" });
  const spec = (...names: string[]) => ({ nodeName: "node", containers: names.map(container) });
  await create(pods, { metadata: { name: "one" }, spec: spec("main") });
  await create(pods, { metadata: { name: "two" }, spec: spec("a", "b") });
  await create(pods, { metadata: { name: "unscheduled" }, spec: { containers: [container("main")] } });
}

/** Collects what comes over a WebSocket. */
export class WebSocketClient {
  readonly socket: WebSocket;
  readonly messages: Buffer[] = [];
  /** The answer's code and body, when it is no WebSocket. */
  refusal: { code: number; text: string } | undefined;
  closed = false;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => this.messages.push(data));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("unexpected-response", async (_request, response) => {
      const chunks: Buffer[] = await response.toArray();
      this.refusal = { code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
      this.closed = true;
    });
  }

  async opened(): Promise<this> {
    await eventually(() => this.socket.readyState === this.socket.OPEN || this.closed);
    return this;
  }

  async ended(): Promise<this> {
    await eventually(() => this.closed);
    return this;
  }

  send(channel: number, text: string | Buffer): void {
    this.socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]));
  }

  /** All that came on a channel. */
  on(channel: number): string {
    const bytes = this.messages.filter((message) => message[0] === channel).map((message) => message.subarray(1));
    return Buffer.concat(bytes).toString();
  }
}

/** A client of SPDY that says what a test wants, and collects what comes. */
export class SpdyClient {
  readonly socket: Duplex;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly frames: Frame[] = [];
  readonly #writer = new HeaderWriter();
  #nextId = 1;
  closed = false;

  constructor(socket: Duplex, headers: Readonly<Record<string, string | string[] | undefined>>) {
    this.socket = socket;
    this.headers = headers;
    const parser = new FrameParser();
    socket.on("data", (chunk: Buffer) => this.frames.push(...parser.push(Buffer.from(chunk))));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      this.closed = true;
    });
  }

  open(headers: Record<string, string>): number {
    const id = this.#nextId;
    this.#nextId += 2;
    this.socket.write(synStreamFrame(id, this.#writer.write(new Map(Object.entries(headers)))));
    return id;
  }

  send(id: number, text: string, isLast = false): void {
    this.socket.write(Buffer.concat([dataFrameHead(id, Buffer.byteLength(text), isLast), Buffer.from(text)]));
  }

  /** All that came on a stream. */
  on(id: number): string {
    return this.frames
      .map((frame) => (frame.kind === "data" && frame.streamId === id ? frame.data.toString() : ""))
      .join("");
  }

  async ended(): Promise<this> {
    await eventually(() => this.closed);
    return this;
  }
}

/** Bytes as messages of a WebSocket, of less than 126 bytes each; the package knows no protocol with a slash in its name. */
function messagesOver(socket: Duplex): Duplex {
  socket.removeAllListeners("data");
  let received: Buffer = Buffer.alloc(0);
  const stream = new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | chunk.length, 0, 0, 0, 0), chunk]), () => done());
    },
    destroy(_error, done) {
      socket.destroy();
      done(null);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + (received[1] ?? 0)) {
      const end = 2 + (received[1] ?? 0);
      stream.push(received.subarray(2, end));
      received = received.subarray(end);
    }
  });
  socket.on("close", () => stream.destroy());
  return stream;
}

async function openSpdy(options: RequestOptions): Promise<SpdyClient> {
  const request = httpsRequest(options);
  request.end();
  const answer = once(request, "upgrade");
  const refused = once(request, "response").then(async ([response]) => {
    const chunks: Buffer[] = await response.toArray();
    throw new Error(`${response.statusCode} ${Buffer.concat(chunks)}`);
  });
  const [response, socket, head] = await Promise.race([answer, refused]);
  socket.unshift(head);
  return new SpdyClient(socket, response.headers);
}
