import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Endpoint } from "../backend.ts";
import type { Balancer } from "./balancer.ts";
import type { Forwarder, ForwarderContext, OpenForwarder } from "./forwarder.ts";

/** Packets of one client that wait while its flow's socket connects. */
const waitingPacketsMax = 16;

/** One client's packets to its endpoint and back. */
interface Flow {
  endpoint: Endpoint;
  socket: Socket;
  /** Packets that wait for the socket; undefined once it is connected. */
  waiting: Buffer[] | undefined;
  seenMs: number;
}

/** Listens for UDP packets at `address`:`port`; while there are no endpoints it does not, so that clients are refused. */
export const openUdpForwarder: OpenForwarder = async (address, port, balancer, context) => {
  const forwarder = new UdpForwarder(balancer, context);
  await forwarder.listen(address, port);
  return forwarder;
};

class UdpForwarder implements Forwarder {
  readonly #balancer: Balancer;
  readonly #context: ForwarderContext;
  readonly #flows = new Map<string, Flow>();
  #server: Socket | undefined;
  #cancelSweep: (() => void) | undefined;

  constructor(balancer: Balancer, context: ForwarderContext) {
    this.#balancer = balancer;
    this.#context = context;
  }

  listen(address: string, port: number): Promise<void> {
    const server = createSocket(isIPv6(address) ? "udp6" : "udp4");
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.bind({ address, port, exclusive: true }, () => {
        server.off("error", reject).on("error", () => {});
        server.on("message", (packet, client) => this.#toEndpoint(packet, client));
        resolve();
      });
    });
  }

  endpointsChanged(): void {
    for (const [client, flow] of this.#flows) if (!this.#balancer.has(flow.endpoint)) this.#endFlow(client, flow);
  }

  retire(): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    this.#cancelSweep?.();
    for (const [client, flow] of this.#flows) this.#endFlow(client, flow);
    const server = this.#server;
    this.#server = undefined;
    return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  #toEndpoint(packet: Buffer, client: RemoteInfo): void {
    const key = `${client.address} ${client.port}`;
    const flow = this.#flows.get(key) ?? this.#openFlow(key, client);
    if (!flow) return;
    flow.seenMs = this.#context.clock.monotonic();
    if (!flow.waiting) flow.socket.send(packet);
    else if (flow.waiting.length < waitingPacketsMax) flow.waiting.push(packet);
  }

  #openFlow(key: string, client: RemoteInfo): Flow | undefined {
    const endpoint = this.#balancer.pick(client.address);
    if (!endpoint || !this.#context.room.take()) return undefined;
    const socket = createSocket(isIPv6(endpoint.ip) ? "udp6" : "udp4");
    const flow: Flow = { endpoint, socket, waiting: [], seenMs: 0 };
    this.#flows.set(key, flow);
    socket.on("error", () => this.#endFlow(key, flow));
    socket.on("message", (packet) => {
      flow.seenMs = this.#context.clock.monotonic();
      this.#server?.send(packet, client.port, client.address);
    });
    socket.once("connect", () => {
      for (const packet of flow.waiting ?? []) socket.send(packet);
      flow.waiting = undefined;
    });
    socket.connect(endpoint.port, endpoint.ip);
    this.#sweepLater();
    return flow;
  }

  #endFlow(key: string, flow: Flow): void {
    if (this.#flows.get(key) !== flow) return;
    this.#flows.delete(key);
    this.#context.room.give();
    flow.socket.close();
  }

  /** Ends flows that were idle too long, as long as there are any. */
  #sweepLater(): void {
    if (this.#cancelSweep) return;
    this.#cancelSweep = this.#context.clock.schedule(this.#context.udpIdleMs, () => {
      this.#cancelSweep = undefined;
      const idleSince = this.#context.clock.monotonic() - this.#context.udpIdleMs;
      for (const [key, flow] of this.#flows) if (flow.seenMs <= idleSince) this.#endFlow(key, flow);
      if (this.#flows.size > 0) this.#sweepLater();
    });
  }
}
