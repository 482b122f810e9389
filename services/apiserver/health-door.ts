import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Logger } from "../../lib/observe/logger.ts";
import type { HealthCheck } from "./health-checks.ts";
import type { CertificatePair } from "./pki/pki.ts";

/** What `/version` answers: the Kubernetes that this server behaves as. */
const versionInfo = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.0",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "node",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};

export interface HealthDoorOptions {
  host?: string | undefined;
  /** 0 chooses a free one. */
  port: number;
  certificate: CertificatePair;
  ready: () => Promise<readonly HealthCheck[]>;
  logger: Logger;
}

/** `/livez`, `/readyz`, `/healthz` and `/version` over HTTPS, for anybody. */
export interface HealthDoor {
  readonly port: number;
  /** New connections get this certificate. */
  reload(certificate: CertificatePair): void;
  close(): Promise<void>;
}

/** Opens the door. Rejects with `EADDRINUSE` and the like. */
export async function openHealthDoor(options: HealthDoorOptions): Promise<HealthDoor> {
  const server = createServer({ ...options.certificate }, (request, response) => {
    answer(options, request, response).catch((error) => {
      options.logger.error({ err: error, path: request.url }, "a health check failed");
      response.destroy();
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  const port = await listen(server, options);
  return {
    port,
    reload: (certificate) => server.setSecureContext(certificate),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(options: HealthDoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "https://localhost");
  switch (pathname) {
    case "/livez":
      return send(response, 200, "ok");
    case "/readyz":
    case "/healthz":
      return sendChecks(response, await options.ready(), pathname.slice(1), searchParams.has("verbose"));
    case "/version":
      return send(response, 200, JSON.stringify(versionInfo, undefined, 2), "application/json");
    default:
      return send(response, 404, "404 page not found\n");
  }
}

function sendChecks(response: ServerResponse, checks: readonly HealthCheck[], what: string, verbose: boolean): void {
  const failed = checks.some((check) => check.fault !== undefined);
  if (!failed && !verbose) return send(response, 200, "ok");
  const lines = checks.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed: ${fault}`,
  );
  send(response, failed ? 500 : 200, `${lines.join("\n")}\n${what} check ${failed ? "failed" : "passed"}\n`);
}

function send(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" }).end(body);
}

function listen(server: Server, { host, port, logger }: HealthDoorOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => {
      server.removeListener("error", reject);
      server.on("error", (error) => logger.error({ err: error }, "the HTTPS server failed"));
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
