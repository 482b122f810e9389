import { createServer, type RequestListener } from "node:http";
import type { BlockList } from "node:net";
import { listen } from "../../lib/net/listen.ts";
import type { Metrics } from "../../lib/observe/metrics.ts";

const requestMsMax = 10_000;
const plainText = { "content-type": "text/plain; charset=utf-8" };

/** What monitors and probes look at. */
export interface HttpDoor {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/health`, `/ready` and `/metrics` as plain HTTP to those who are in `clients`; port 0 takes one that is free.
 * @throws the system's error.
 */
export async function startHttpDoor(
  { address, port, clients }: { address: string; port: number; clients?: BlockList | undefined },
  { metrics, isReady }: { metrics: Metrics; isReady: () => boolean },
): Promise<HttpDoor> {
  const server = createServer(
    { requestTimeout: requestMsMax, keepAliveTimeout: requestMsMax },
    answerWith(metrics, isReady),
  );
  server.on("connection", (socket) => {
    const { remoteAddress: ip = "", remoteFamily } = socket;
    if (clients && !clients.check(ip, remoteFamily === "IPv6" ? "ipv6" : "ipv4")) socket.destroy();
  });
  const taken = await listen(server, { host: address, port });
  return {
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerWith(metrics: Metrics, isReady: () => boolean): RequestListener {
  return ({ url = "", method }, response) => {
    const say = (status: number, text: string) => response.writeHead(status, plainText).end(text);
    if (method !== "GET" && method !== "HEAD") return say(405, "only GET\n");
    switch (url.split("?", 1)[0]) {
      case "/health":
        return say(200, "OK");
      case "/ready":
        return isReady() ? say(200, "OK") : say(503, "the cluster's names are not known yet\n");
      case "/metrics":
        return metrics.text().then(
          (text) => say(200, text),
          () => say(500, "the figures could not be read\n"),
        );
      default:
        return say(404, "404 page not found\n");
    }
  };
}
