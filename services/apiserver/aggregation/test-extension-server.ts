import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { systemClock } from "../../../lib/base/clock.ts";
import { openPki } from "../pki/pki.ts";

const groupVersion = "wardle.example.com/v1alpha1";
const metadata = { name: "one", creationTimestamp: "2025-01-01T00:00:00Z" };
const flunder = { apiVersion: groupVersion, kind: "Flunder", metadata };
const verbs = ["create", "get", "list", "watch"];
const resources = [
  { name: "flunders", singularName: "flunder", namespaced: true, kind: "Flunder", shortNames: ["fl"], verbs },
  { name: "flunders/status", singularName: "", namespaced: true, kind: "Flunder", verbs: ["get"] },
];

/** A server that extends the API by a group, and believes only who shows a certificate of the front proxy's authority. */
export interface TestExtensionServer {
  readonly port: number;
  /** Vouches for it under the name of a service; PEM in base64. */
  readonly caBundle: string;
  /** Headers of the last request for objects. */
  readonly lastHeaders: IncomingHttpHeaders;
  readonly lastMethod: string | undefined;
  /** Whether it refuses everything. */
  isBroken: boolean;
  close(): Promise<void>;
}

/** Starts it on loopback, reached as `serverName`. */
export async function startTestExtensionServer(frontProxyCa: string, serverName: string): Promise<TestExtensionServer> {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-extension-"));
  const pki = await openPki(directory, systemClock);
  const pair = await pki.servingCertificate("extension", [serverName]);
  const state = {
    lastHeaders: {} as IncomingHttpHeaders,
    lastMethod: undefined as string | undefined,
    isBroken: false,
  };
  const server = createServer({ ...pair, ca: frontProxyCa, requestCert: true, rejectUnauthorized: false });
  server.on("request", (request, response) => {
    if (!isFrontProxy(request)) return answer(response, 401, { kind: "Status", code: 401 });
    if (state.isBroken) return answer(response, 500, { kind: "Status", code: 500 });
    if (request.url?.includes("/flunders")) {
      state.lastHeaders = request.headers;
      state.lastMethod = request.method;
    }
    serve(request, response);
  });
  server.on("upgrade", (_, socket, head) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    socket.write(head);
    socket.pipe(socket);
    socket.on("error", () => socket.destroy());
  });
  const port = await listen(server);
  return Object.assign(state, {
    port,
    caBundle: Buffer.from(pki.caCertificate).toString("base64"),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  });
}

function isFrontProxy({ socket }: IncomingMessage): boolean {
  const tls = socket as TLSSocket;
  return tls.authorized && tls.getPeerCertificate().subject.CN === "front-proxy-client";
}

const definition = (properties: object) => ({ type: "object", properties });
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const item = (schema: string) => ({
  parameters: [{ $ref: "#/parameters/pretty-1" }],
  get: { operationId: schema, responses: { 200: { description: "OK", schema: { $ref: `#/definitions/${schema}` } } } },
});
/** Its metadata are not quite those of others. */
const description = {
  swagger: "2.0",
  paths: { [`/apis/${groupVersion}/flunders`]: item("Flunder"), "/apis/other.example.com/v1/others": item("Other") },
  definitions: {
    Flunder: definition({ metadata: { $ref: `#/definitions/${meta}` } }),
    [meta]: definition({ name: { type: "string" } }),
    Other: definition({}),
  },
  parameters: { "pretty-1": { in: "query", name: "pretty", type: "string" } },
};

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "https://server");
  const [, root, , , ...more] = pathname.split("/");
  if (pathname === "/openapi/v3") {
    const serverRelativeURL = `/openapi/v3/apis/${groupVersion}?hash=1`;
    return answer(response, 200, { paths: { [`apis/${groupVersion}`]: { serverRelativeURL } } });
  }
  if (pathname === "/openapi/v2") return answer(response, 200, description);
  if (root === "openapi") return answer(response, 200, { openapi: "3.0.0", info: { title: "Flunders" } });
  if (more.length === 0) return answer(response, 200, { kind: "APIResourceList", groupVersion, resources });
  if (searchParams.get("watch")) return watch(response);
  if (pathname.endsWith("/elsewhere")) {
    response.writeHead(302, { location: "https://example.com/" }).end();
    return;
  }
  if (pathname.endsWith("/none"))
    return answer(response, 404, {
      kind: "Status",
      code: 404,
      reason: "NotFound",
      message: "there is no such flunder",
    });
  if (request.method === "POST") {
    request.toArray().then((chunks: Buffer[]) => answer(response, 201, JSON.parse(Buffer.concat(chunks).toString())));
    return;
  }
  const list = { apiVersion: groupVersion, kind: "FlunderList", metadata: { resourceVersion: "1" }, items: [flunder] };
  answer(response, 200, pathname.endsWith("/one") ? flunder : list);
}

function watch(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.write(`${JSON.stringify({ type: "ADDED", object: flunder })}\n`);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "localhost", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
}
