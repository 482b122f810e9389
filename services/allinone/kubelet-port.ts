import type { RequestListener } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../lib/base/clock.ts";
import { isAddressInUse, listen } from "../../lib/net/listen.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { Pki } from "../apiserver/service.ts";
import type { Ranges } from "./ranges.ts";

/** The certificate is renewed months before it ends. */
const lookIntervalMs = 24 * 3600 * 1000;

/**
 * The port of the first node's kubelet, which those of the others follow. Each cluster of a machine has as many as there can be
 * nodes: one that takes another's would keep its kubelet from starting.
 */
export function firstKubeletPort({ slot }: Pick<Ranges, "slot">): number {
  return 10250 + 250 * slot;
}

/** Where and as whom a node's kubelet answers. */
export interface KubeletPortOptions {
  nodeName: string;
  address: string;
  /** Taken when it is free. */
  usualPort: number;
  pki: Pki;
  clock: Clock;
  logger: Logger;
}

/**
 * Where a kubelet of this process answers others over HTTPS: its usual port, or any that is free where that is taken. Costs next to
 * nothing until somebody asks, as its certificate is made then.
 */
export class KubeletPort {
  readonly port: number;
  readonly #options: KubeletPortOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #listener: RequestListener = (_, response) => response.writeHead(503).end();
  #https: Promise<HttpsServer> | undefined;
  #lookedAtMs = 0;

  private constructor(server: Server, port: number, options: KubeletPortOptions) {
    this.#options = options;
    this.#server = server;
    this.port = port;
    server.on("connection", (socket: Socket) => void this.#take(socket));
  }

  /** Rejects when the address is not this machine's. */
  static async open(options: KubeletPortOptions): Promise<KubeletPort> {
    const { address: host, usualPort } = options;
    const server = createServer({ noDelay: true });
    const port = await listen(server, { port: usualPort, host }).catch((error: unknown) => {
      if (isAddressInUse(error)) return listen(server, { port: 0, host });
      throw error;
    });
    return new KubeletPort(server, port, options);
  }

  /** Who answers from now on. */
  serve(listener: RequestListener): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    try {
      (await this.#secured()).emit("connection", socket);
    } catch (err) {
      this.#options.logger.error({ err }, "a kubelet has no certificate to show");
      socket.destroy();
    }
  }

  #secured(): Promise<HttpsServer> {
    const now = this.#options.clock.now();
    if (!this.#https || now - this.#lookedAtMs >= lookIntervalMs) {
      this.#lookedAtMs = now;
      this.#https = this.#secure();
      this.#https.catch(() => {
        this.#https = undefined;
      });
    }
    return this.#https;
  }

  async #secure(): Promise<HttpsServer> {
    const { pki, nodeName, address } = this.#options;
    const names = [nodeName, address];
    const { cert, key } = await pki.servingCertificate(`kubelet-${nodeName}`, names, `system:node:${nodeName}`);
    const checks = {
      ca: pki.caCertificate,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
    } as const;
    return createHttpsServer({ ...checks, cert, key }, (request, response) => this.#listener(request, response));
  }
}
