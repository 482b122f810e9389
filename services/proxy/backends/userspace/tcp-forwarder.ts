import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "../../../../lib/net/listen.ts";
import type { Balancer } from "./balancer.ts";
import type { Forwarder, ForwarderContext, OpenForwarder } from "./forwarder.ts";

/** Endpoints that are tried for one connection before it is reset. */
const attemptsMax = 3;
const keepAliveMs = 60_000;

/** Listens for TCP connections at `address`:`port`. */
export const openTcpForwarder: OpenForwarder = async (address, port, balancer, context) => {
  const forwarder = new TcpForwarder(balancer, context);
  await forwarder.listen(address, port);
  return forwarder;
};

class TcpForwarder implements Forwarder {
  readonly #balancer: Balancer;
  readonly #context: ForwarderContext;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(balancer: Balancer, context: ForwarderContext) {
    this.#balancer = balancer;
    this.#context = context;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) =>
      this.#accept(client),
    );
  }

  async listen(host: string, port: number): Promise<void> {
    await listen(this.#server, { host, port, exclusive: true });
    // Running out of descriptors: the connection waits in the backlog until some are free.
    this.#server.on("error", () => {});
  }

  endpointsChanged(): void {}

  retire(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async close(): Promise<void> {
    const retired = this.retire();
    for (const socket of this.#sockets) socket.destroy();
    await retired;
  }

  #accept(client: Socket): void {
    if (!this.#context.room.take()) {
      client.resetAndDestroy();
      return;
    }
    this.#own(client);
    client.once("close", () => this.#context.room.give());
    this.#forward(client, client.remoteAddress ?? "", 1);
  }

  #forward(client: Socket, clientAddress: string, attempt: number): void {
    const pick = attempt === 1 ? this.#balancer.pick(clientAddress) : this.#balancer.pickAfterFailure(clientAddress);
    if (!pick || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const endpoint = connect({ host: pick.ip, port: pick.port, allowHalfOpen: true, noDelay: true });
    this.#own(endpoint);
    const abandon = () => endpoint.destroy();
    const fail = () => {
      endpoint.destroy();
      client.off("close", abandon);
      if (attempt < attemptsMax) this.#forward(client, clientAddress, attempt + 1);
      else client.resetAndDestroy();
    };
    client.once("close", abandon);
    endpoint.setTimeout(this.#context.connectTimeoutMs, fail).once("error", fail);
    endpoint.once("connect", () => {
      endpoint.setTimeout(0).off("timeout", fail).off("error", fail);
      client.off("close", abandon);
      join(client, endpoint);
    });
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // A failed connection closes, and that is where it is dealt with.
    socket.on("error", () => {});
    socket.setKeepAlive(true, keepAliveMs);
  }
}

/** Passes bytes, ends and failures both ways: one side's end leaves the other direction open, one side's failure ends both. */
function join(a: Socket, b: Socket): void {
  a.pipe(b);
  b.pipe(a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.once("error", () => other.resetAndDestroy());
    one.once("close", () => other.destroySoon());
  }
}
