import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { rfc3339 } from "../../lib/base/rfc3339.ts";
import { listen } from "../../lib/net/listen.ts";
import type { ServicePortEntry } from "./backends/backend.ts";
import type { ProxyHealth } from "./proxy-health.ts";

const metricsPort = 10_249;
const healthPort = 10_256;
const loopback = "127.0.0.1";

export interface OwnPortsOptions {
  /**
   * The address to listen on where the node has a network of its own that this process is not in, as for `HealthCheckPorts`; at
   * any port that is free.
   */
  relay?: string | undefined;
  /** Hears of a port that cannot be listened on: proxies that share a network cannot all have it. */
  warn?: (message: string) => void;
}

/** What the ports tell. */
export interface Told {
  mode: string;
  health: ProxyHealth;
  metrics: () => Promise<string>;
}

/**
 * The proxy's own ports, as kube-proxy has them: 10249 on the node's loopback for `/metrics`, `/proxyMode` and `/healthz`, and 10256
 * for load balancers that ask at `/healthz` whether the node takes traffic, and at `/livez` whether the proxy works.
 */
export class OwnPorts {
  readonly #options: OwnPortsOptions;
  /** By the node's port: what is listened on for it. */
  readonly #open = new Map<number, { server: Server; port: number }>();

  constructor(options: OwnPortsOptions = {}) {
    this.#options = options;
  }

  async open(told: Told): Promise<void> {
    const { relay } = this.#options;
    await Promise.all([
      this.#listen(metricsPort, relay ?? loopback, answerMetrics(told)),
      this.#listen(healthPort, relay, answerHealth(told.health)),
    ]);
  }

  /** What leads from the node's ports to those that are listened on; nothing where they are the same. */
  relays(): ServicePortEntry[] {
    const { relay: ip } = this.#options;
    if (ip === undefined) return [];
    const entry = (port: number, place: Pick<ServicePortEntry, "addresses" | "nodePort">): ServicePortEntry[] => {
      const own = this.#open.get(port);
      return own ? [{ id: `proxy/${port}`, protocol: "TCP", port, endpoints: [{ ip, port: own.port }], ...place }] : [];
    };
    return [
      ...entry(metricsPort, { addresses: [loopback] }),
      ...entry(healthPort, { addresses: [], nodePort: healthPort }),
    ];
  }

  async close(): Promise<void> {
    const servers = [...this.#open.values()].map(({ server }) => server);
    this.#open.clear();
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  async #listen(port: number, host: string | undefined, answer: RequestListener): Promise<void> {
    const server = createServer(answer);
    try {
      this.#open.set(port, { server, port: await listen(server, { port: this.#options.relay ? 0 : port, host }) });
    } catch (error) {
      this.#options.warn?.(`port ${port} of the proxy: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function answerMetrics({ mode, metrics }: Told): RequestListener {
  return ({ url }, response) => {
    const path = pathOf(url);
    if (path === "/healthz") return sayText(response, 200, "ok");
    if (path === "/proxyMode") return sayText(response, 200, mode);
    if (path !== "/metrics") return sayText(response, 404, "404 page not found\n");
    metrics().then(
      (text) => sayText(response, 200, text),
      () => sayText(response, 500, "the figures could not be read\n"),
    );
  };
}

function answerHealth(health: ProxyHealth): RequestListener {
  return ({ url }, response) => {
    const path = pathOf(url);
    if (path !== "/healthz" && path !== "/livez") return sayText(response, 404, "404 page not found\n");
    const { isAlive, isEligible, lastUpdatedMs, nowMs } = health.look(path.slice(1));
    const isWell = path === "/livez" ? isAlive : isAlive && isEligible;
    response.writeHead(isWell ? 200 : 503, { "Content-Type": "application/json", "X-Content-Type-Options": "nosniff" });
    const lastUpdated = rfc3339(lastUpdatedMs ?? nowMs);
    const nodeEligible = path === "/livez" ? {} : { nodeEligible: isEligible };
    response.end(JSON.stringify({ lastUpdated, currentTime: rfc3339(nowMs), ...nodeEligible }));
  };
}

function sayText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function pathOf(url = ""): string {
  return url.split("?", 1)[0] ?? "";
}
