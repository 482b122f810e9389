import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { type BlockList, createServer, isIP, type Server, type Socket } from "node:net";
import { Lru } from "../../lib/base/lru.ts";
import { isAddressInUse, listen } from "../../lib/net/listen.ts";
import { type Logger, silentLogger } from "../../lib/observe/logger.ts";
import type { Responder } from "./responder.ts";

/** Where questions come in. */
export interface Listeners {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenerSettings {
  responder: Pick<Responder, "respond" | "refuse">;
  /** Who may ask; everybody when absent. */
  clients: BlockList | undefined;
  logger: Logger;
}

const receiveBufferBytes = 4 << 20;
const connectionsMax = 1000;
const idleMsMax = 10_000;
const portAttemptsMax = 20;
/** Questions of one connection that wait for other servers. */
const pendingMax = 100;

/** Listens on the addresses, UDP and TCP, all with the same port; 0 takes one that is free. @throws the system's error. */
export async function startListeners(
  addresses: readonly string[],
  port: number,
  settings: ListenerSettings,
): Promise<Listeners> {
  for (let attempt = 1; ; attempt++) {
    const opened: { close(): Promise<void> }[] = [];
    const close = async () => {
      await Promise.all(opened.map((listener) => listener.close()));
    };
    try {
      let chosen = port;
      for (const address of addresses) {
        const udp = await UdpListener.open(address, chosen, settings);
        opened.push(udp);
        chosen = udp.port;
        opened.push(await TcpListener.open(address, chosen, settings));
      }
      return { port: chosen, close };
    } catch (error) {
      await close();
      if (port !== 0 || !isAddressInUse(error) || attempt === portAttemptsMax) throw error;
    }
  }
}

/** A port of the address that is free now, UDP and TCP. */
export async function findFreePort(address: string): Promise<number> {
  const responder = { respond: () => undefined, refuse: () => undefined };
  const listeners = await startListeners([address], 0, { responder, clients: undefined, logger: silentLogger });
  await listeners.close();
  return listeners.port;
}

/** Whether a client may ask. Looked up once for each address. */
function admission(clients: BlockList | undefined): (address: string) => boolean {
  if (!clients) return () => true;
  const known = new Lru<string, boolean>(4096);
  return (address) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const plain = address.replace(/^::ffff:/, "").replace(/%.*$/, "");
    const may = clients.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
    known.set(address, may);
    return may;
  };
}

class UdpListener {
  readonly #socket: UdpSocket;
  #closed = false;

  private constructor(socket: UdpSocket, { responder, clients, logger }: ListenerSettings) {
    this.#socket = socket;
    const may = admission(clients);
    const ignore = () => {};
    socket.on("error", (error) => logger.warn({ err: error }, "a UDP socket failed"));
    socket.on("message", (message, { address, port }) => {
      const send = (answer: Buffer | undefined) => {
        // Who has gone away gets no answer; there is nobody to tell.
        if (answer && !this.#closed) socket.send(answer, port, address, ignore);
      };
      const answer = may(address) ? responder.respond(message, "udp") : responder.refuse(message);
      if (answer instanceof Promise) answer.then(send, (error) => logger.error({ err: error }, "a query failed"));
      else send(answer);
    });
  }

  static open(address: string, port: number, settings: ListenerSettings): Promise<UdpListener> {
    const socket = createSocket({ type: isIP(address) === 6 ? "udp6" : "udp4", recvBufferSize: receiveBufferBytes });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, () => {
        socket.off("error", reject);
        resolve(new UdpListener(socket, settings));
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

class TcpListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(settings: ListenerSettings) {
    const { responder, clients, logger } = settings;
    const may = admission(clients);
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.setTimeout(idleMsMax, () => socket.destroy());
      if (may(socket.remoteAddress ?? "")) answerConnection(socket, responder, logger);
      else socket.destroy();
    });
    this.#server.maxConnections = connectionsMax;
  }

  static async open(address: string, port: number, settings: ListenerSettings): Promise<TcpListener> {
    const listener = new TcpListener(settings);
    await listen(listener.#server, { port, host: address });
    listener.#server.on("error", (error) => settings.logger.warn({ err: error }, "a TCP socket failed"));
    return listener;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Answers the messages of a connection, each with its length before it, in the order in which answers are there. */
function answerConnection(socket: Socket, responder: ListenerSettings["responder"], logger: Logger): void {
  let received: Buffer = Buffer.alloc(0);
  let pending = 0;
  const send = (answer: Buffer | undefined) => {
    if (!answer || !socket.writable) return;
    const framed = Buffer.allocUnsafe(answer.length + 2);
    framed.writeUInt16BE(answer.length);
    framed.set(answer, 2);
    socket.write(framed);
  };
  const later = (answer: Promise<Buffer>) => {
    if (++pending === pendingMax) socket.pause();
    answer
      .then(send, (error) => logger.error({ err: error }, "a query failed"))
      .finally(() => {
        if (pending-- === pendingMax) socket.resume();
      });
  };
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = responder.respond(received.subarray(2, end), "tcp");
      received = received.subarray(end);
      if (answer instanceof Promise) later(answer);
      else send(answer);
    }
    // Who does not read what it asked for gets nothing more to read.
    if (socket.writableNeedDrain) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
}
