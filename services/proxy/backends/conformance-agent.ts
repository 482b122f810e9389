/**
 * A process of the conformance test, started in the network namespace of a client or an endpoint. It answers requests
 * from its parent (see `Request`): serves under a name, and connects to services and tells who answered.
 */
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { connect, createServer, isIPv6, type Socket } from "node:net";
import type { Reply, Request, UdpRequest } from "./conformance-client.ts";

const deadlineMs = 30_000;
const newline = 10;
const connections = new Map<number, Socket>();
const datagramSockets = new Map<number, DatagramSocket>();
let connectionCount = 0;

process.on("message", async (message: { id: number; request: Request }) => {
  const reply: Reply = await answer(message.request).catch((error: NodeJS.ErrnoException) => ({
    error: error.code ?? error.message,
  }));
  process.send?.({ id: message.id, reply });
});
process.on("disconnect", () => process.exit());

async function answer(request: Request): Promise<Reply> {
  switch (request.do) {
    case "serve":
      await Promise.all([
        serveTcp(request.ip, request.port, request.name),
        serveUdp(request.ip, request.port, request.name),
      ]);
      return {};
    case "open":
      return open(request.ip, request.port, request.from, request.withinMs);
    case "ask":
      return { text: await ask(connectionOf(request.connection), request.text) };
    case "finish":
      return { text: await finish(connectionOf(request.connection), request.text, request.times) };
    case "ask-udp":
      return { text: await askUdp(request) };
    case "count": {
      const names: Record<string, number> = {};
      for (let round = 0; round < request.times; round++) {
        const name = await once(request.ip, request.port, request.from);
        names[name] = (names[name] ?? 0) + 1;
      }
      return { names };
    }
  }
}

/** Tells a client the server's name and the client's address, then echoes lines; at the client's end says how much came. */
function serveTcp(ip: string, port: number, name: string): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on("error", () => {});
    socket.write(`${name} ${socket.remoteAddress}\n`);
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (chunk.at(-1) === newline) socket.write(chunk);
    });
    socket.on("end", () => socket.end(`received ${bytes}\n`));
  });
  return new Promise((resolve, reject) => server.once("error", reject).listen(port, ip, resolve));
}

function serveUdp(ip: string, port: number, name: string): Promise<void> {
  const socket = createSocket(isIPv6(ip) ? "udp6" : "udp4");
  socket.on("message", (_packet, client) => socket.send(`${name} ${client.address}`, client.port, client.address));
  return new Promise((resolve, reject) => socket.once("error", reject).bind(port, ip, resolve));
}

async function open(ip: string, port: number, from: string | undefined, withinMs?: number): Promise<Reply> {
  const startMs = performance.now();
  const socket = connect({ host: ip, port, allowHalfOpen: true, ...(from ? { localAddress: from } : {}) });
  try {
    const [name = "", client = ""] = (await nextLine(socket, withinMs)).split(" ");
    const connection = ++connectionCount;
    connections.set(connection, socket);
    return { connection, name, client };
  } catch (error) {
    socket.destroy();
    return { error: codeOf(error), tookMs: performance.now() - startMs };
  }
}

async function once(ip: string, port: number, from: string | undefined): Promise<string> {
  const reply = await open(ip, port, from);
  if (reply.connection === undefined) return reply.error ?? "no answer";
  connectionOf(reply.connection).destroy();
  connections.delete(reply.connection);
  return reply.name ?? "";
}

function ask(socket: Socket, text: string): Promise<string> {
  const line = nextLine(socket);
  socket.write(`${text}\n`);
  return line;
}

async function finish(socket: Socket, text: string, times: number): Promise<string> {
  const line = nextLine(socket);
  for (let round = 0; round < times; round++)
    if (!socket.write(text)) await new Promise((resolve) => socket.once("drain", resolve));
  socket.end();
  return line;
}

function nextLine(socket: Socket, withinMs = deadlineMs): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => fail(Object.assign(new Error("no answer"), { code: "TIMEOUT" })), withinMs);
    const settle = () => {
      clearTimeout(timer);
      socket.off("data", onData).off("error", fail).off("close", onClose);
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    const onClose = () => fail(Object.assign(new Error("closed"), { code: "CLOSED" }));
    const onData = (chunk: Buffer) => {
      text += chunk;
      if (!text.endsWith("\n")) return;
      settle();
      resolve(text.trim());
    };
    socket.on("data", onData).on("error", fail).on("close", onClose);
    // Keeps a later failure of an idle connection from ending the process.
    if (socket.listenerCount("error") === 1) socket.on("error", () => {});
  });
}

/** With `fromPort` the socket is kept, so that the next packet belongs to the same flow. */
async function askUdp(request: UdpRequest): Promise<string> {
  const { ip, port, from, fromPort, withinMs = deadlineMs } = request;
  const kept = fromPort === undefined ? undefined : datagramSockets.get(fromPort);
  const socket = kept ?? createSocket(isIPv6(ip) ? "udp6" : "udp4");
  if (!kept) {
    await new Promise<void>((resolve) => socket.bind(fromPort ?? 0, from, resolve));
    await new Promise<void>((resolve) => socket.connect(port, ip, resolve));
    if (fromPort !== undefined) datagramSockets.set(fromPort, socket);
  }
  try {
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: "TIMEOUT" })), withinMs);
      const settle = () => clearTimeout(timer);
      socket.removeAllListeners();
      socket.once("message", (packet) => {
        settle();
        resolve(packet.toString().split(" ")[0] ?? "");
      });
      socket.on("error", (error) => {
        settle();
        reject(error);
      });
      socket.send("who?");
    });
  } finally {
    if (fromPort === undefined) socket.close();
  }
}

function connectionOf(connection: number): Socket {
  const socket = connections.get(connection);
  if (!socket) throw new Error(`no connection ${connection}`);
  return socket;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
