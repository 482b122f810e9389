import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { AddressBook, type AddressRecord } from "./address-book.ts";
import type { NetworkPortMapping, PodAddresses, PodNetwork } from "./pod-network.ts";

/** What a pod network without privileges is made from. */
export interface LoopbackNetworkOptions {
  /** Where allocations are kept. */
  stateDir: string;
  /** The node's part of 127.0.0.0/8; every address in it already works. `127.64.0.0/16` when absent. */
  podCIDR?: string;
}

/**
 * Gives each pod its own loopback address: no namespaces and no privilege needed. Host ports are forwarded by this
 * process, TCP only.
 */
export async function createLoopbackNetwork(options: LoopbackNetworkOptions): Promise<PodNetwork> {
  const network = new LoopbackNetwork(options);
  await network.start();
  return network;
}

class LoopbackNetwork implements PodNetwork {
  readonly sharesMachine = true;
  readonly #book: AddressBook;
  readonly #forwarders = new Map<string, Forwarder[]>();

  constructor({ stateDir, podCIDR = "127.64.0.0/16" }: LoopbackNetworkOptions) {
    this.#book = new AddressBook(join(stateDir, "addresses"), podCIDR, 0);
  }

  async start(): Promise<void> {
    for (const [sandboxId, record] of this.#book.entries()) await this.#forward(sandboxId, record);
  }

  async setUp(sandboxId: string, _netns: string, portMappings: NetworkPortMapping[]): Promise<PodAddresses> {
    const known = this.#book.get(sandboxId);
    if (known) return { ips: [known.ip] };
    const other = portMappings.find(({ protocol }) => protocol !== "TCP");
    if (other)
      throw new Error(`hostPort ${other.hostPort}/${other.protocol} needs root: only TCP is forwarded without`);
    const record = this.#book.take(sandboxId, portMappings);
    try {
      await this.#forward(sandboxId, record);
    } catch (error) {
      await this.tearDown(sandboxId);
      throw error;
    }
    return { ips: [record.ip] };
  }

  async tearDown(sandboxId: string): Promise<void> {
    for (const forwarder of this.#forwarders.get(sandboxId) ?? []) forwarder.close();
    this.#forwarders.delete(sandboxId);
    this.#book.giveBack(sandboxId);
  }

  async retain(sandboxIds: ReadonlySet<string>): Promise<void> {
    const gone = this.#book.entries().filter(([sandboxId]) => !sandboxIds.has(sandboxId));
    for (const [sandboxId] of gone) await this.tearDown(sandboxId);
  }

  async remove(): Promise<void> {
    await this.retain(new Set());
  }

  async #forward(sandboxId: string, { ip, portMappings }: AddressRecord): Promise<void> {
    const forwarders: Forwarder[] = [];
    this.#forwarders.set(sandboxId, forwarders);
    for (const mapping of portMappings) forwarders.push(await Forwarder.listen(mapping, ip));
  }
}

/** One host port, forwarded connection by connection. */
class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer({ allowHalfOpen: true }, (incoming) => {
      const outgoing = dial({ ...target, allowHalfOpen: true });
      for (const [socket, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          if (socket.errored) other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.#server.unref();
  }

  static listen({ hostIP, hostPort, containerPort }: NetworkPortMapping, ip: string): Promise<Forwarder> {
    const forwarder = new Forwarder({ host: ip, port: containerPort });
    return new Promise((resolve, reject) => {
      forwarder.#server.once("error", reject);
      forwarder.#server.listen(hostPort, hostIP || "0.0.0.0", () => resolve(forwarder));
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
