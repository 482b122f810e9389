import { createServer, type Server } from "node:http";
import { listen } from "../../lib/net/listen.ts";
import type { ServicePortEntry } from "./backends/backend.ts";
import { NewWarnings } from "./backends/new-warnings.ts";

/** What a health check port tells of its service. */
export interface HealthCheck {
  namespace: string;
  name: string;
  port: number;
  /** Ready endpoints on this node. */
  localEndpoints: number;
}

/**
 * Answers load balancers that ask whether this node has ready endpoints of a service with `externalTrafficPolicy: Local`:
 * 200 when it has, 503 when it has none.
 */
export class HealthCheckPorts {
  readonly #warnings: NewWarnings;
  readonly #relay: string | undefined;
  readonly #servers = new Map<number, Server>();
  #checks = new Map<number, HealthCheck>();

  /**
   * `warn` hears, once, of every port that cannot be listened on; each `update` tries again. `relay` is the address to listen
   * on where the node has a network of its own that this process is not in: what of the machine the node reaches there.
   */
  constructor(warn?: (message: string) => void, relay?: string) {
    this.#warnings = new NewWarnings(warn);
    this.#relay = relay;
  }

  /** What leads from the node's ports to those that are listened on; nothing where they are the same. */
  relays(checks: HealthCheck[]): ServicePortEntry[] {
    const ip = this.#relay;
    if (ip === undefined) return [];
    return checks.map(({ namespace, name, port }) => ({
      ...{ id: `${namespace}/${name}/health-check:${port}`, protocol: "TCP", port, nodePort: port },
      ...{ addresses: [], endpoints: [{ ip, port }] },
    }));
  }

  /** Listens on just the ports of `checks`. */
  async update(checks: HealthCheck[]): Promise<void> {
    this.#warnings.nextRound();
    this.#checks = new Map(checks.map((check) => [check.port, check]));
    const gone = [...this.#servers.keys()].filter((port) => !this.#checks.has(port));
    await Promise.all(gone.map((port) => this.#close(port)));
    const missing = [...this.#checks.keys()].filter((port) => !this.#servers.has(port));
    await Promise.all(missing.map((port) => this.#open(port)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((port) => this.#close(port)));
  }

  async #open(port: number): Promise<void> {
    const server = createServer((_request, response) => {
      const { namespace, name, localEndpoints = 0 } = this.#checks.get(port) ?? {};
      const headers = {
        "Content-Type": "application/json",
        "X-Load-Balancing-Endpoint-Weight": String(localEndpoints),
      };
      response.writeHead(localEndpoints > 0 ? 200 : 503, headers);
      response.end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }));
    });
    try {
      await listen(server, { port, host: this.#relay });
      this.#servers.set(port, server);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#warnings.warn(`health check port ${port} cannot be listened on: ${why}`);
    }
  }

  #close(port: number): Promise<void> {
    const server = this.#servers.get(port);
    this.#servers.delete(port);
    return new Promise((resolve) => {
      if (!server) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}
