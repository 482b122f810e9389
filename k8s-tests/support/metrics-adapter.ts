import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { type APIService, type Client, isStatusError } from "../../clients/sdk/index.ts";
import { waitFor } from "./wait.ts";

const service = { namespace: "default", name: "metrics-adapter" };
const groupVersions = { "custom.metrics.k8s.io": "v1beta2", "external.metrics.k8s.io": "v1beta1" } as const;
/** How a look at metrics of each kind is told. */
const lists = { "custom.metrics.k8s.io": "MetricValueList", "external.metrics.k8s.io": "ExternalMetricValueList" };
type Group = keyof typeof groupVersions;

/** One look at a metric. */
export interface MetricRequest {
  /** Below the namespace: `pods/*`, `services/front`; empty of an external metric. */
  object: string;
  namespace: string;
  metric: string;
  labelSelector: string | undefined;
  metricLabelSelector: string | undefined;
  /** Who asks, as the API server vouches. */
  user: string;
}

/**
 * A server of custom and external metrics, which extends the API as those of real clusters do: behind a service, over TLS, for
 * whom the API server's own certificate vouches.
 */
export class MetricsAdapter {
  readonly requests: MetricRequest[] = [];
  /** By name: of all pods together, of an object, or of what is outside the cluster. Others are not known. */
  readonly values = new Map<string, string>();
  readonly #client: Client;
  readonly #directory: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(client: Client, directory: string, clientAuthority: string) {
    this.#client = client;
    this.#directory = directory;
    const read = (file: string) => readFileSync(join(directory, file));
    const tls = { key: read("key.pem"), cert: read("cert.pem"), ca: clientAuthority };
    this.#server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      this.#answer(request).then(
        ([code, body]) => respond(response, code, body),
        (error: unknown) => respond(response, 500, failure(500, `${error}`)),
      );
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Listens on loopback, and extends the API; resolves when that is available. */
  static async start(client: Client): Promise<MetricsAdapter> {
    const directory = mkdtempSync(join(tmpdir(), "typernetes-adapter-"));
    makeCertificate(directory);
    const { data } = await waitFor("the authority of who may ask", () =>
      client.core.v1.configmaps.get("extension-apiserver-authentication", { namespace: "kube-system" }),
    );
    const adapter = new MetricsAdapter(client, directory, data?.["requestheader-client-ca-file"] ?? "");
    await new Promise<void>((resolve) => adapter.#server.listen(0, "127.0.0.1", resolve));
    try {
      await adapter.#register();
    } catch (error) {
      await adapter.stop();
      throw error;
    }
    return adapter;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Also those that have not got as far as a request.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #register(): Promise<void> {
    const { core, apiregistration } = this.#client;
    const { port } = this.#server.address() as AddressInfo;
    const spec = { type: "ExternalName", externalName: "localhost" };
    await made("the adapter's service", () => core.v1.services.create({ metadata: service, spec }));
    const caBundle = readFileSync(join(this.#directory, "cert.pem")).toString("base64");
    for (const [group, version] of Object.entries(groupVersions)) {
      const spec = { group, version, groupPriorityMinimum: 100, versionPriority: 100, caBundle };
      const object: APIService = {
        metadata: { name: `${version}.${group}` },
        spec: { ...spec, service: { ...service, port } },
      };
      await made(`the part of the API ${group}`, () => apiregistration.v1.apiservices.create(object));
    }
    for (const [group, version] of Object.entries(groupVersions))
      await waitFor(`${group} is available`, async () => {
        const { status } = await apiregistration.v1.apiservices.get(`${version}.${group}`);
        const condition = status?.conditions?.find(({ type }) => type === "Available");
        if (condition?.status !== "True") throw new Error(condition?.message);
        return true;
      });
  }

  async #answer(request: IncomingMessage): Promise<[code: number, body: object]> {
    const { socket } = request;
    if (!(socket instanceof TLSSocket && socket.authorized)) return [401, failure(401, "who asks is not known")];
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://adapter");
    const [, , group = "", version = "", ...rest] = pathname.split("/").map(decodeURIComponent);
    if (!isGroup(group)) return [404, failure(404, "there is no such path")];
    const groupVersion = `${group}/${version}`;
    if (rest.length === 0) return [200, { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [] }];
    const [, namespace = "", ...object] = rest;
    const metric = object.pop() ?? "";
    const asked: MetricRequest = {
      ...{ object: object.join("/"), namespace, metric, user: String(request.headers["x-remote-user"]) },
      labelSelector: searchParams.get("labelSelector") ?? undefined,
      metricLabelSelector: searchParams.get("metricLabelSelector") ?? undefined,
    };
    this.requests.push(asked);
    const value = this.values.get(metric);
    if (value === undefined) return [404, failure(404, `the server could not find the metric ${metric}`)];
    const items = await this.#items(asked, value);
    return [200, { kind: lists[group], apiVersion: groupVersion, metadata: {}, items }];
  }

  async #items({ object, namespace, metric, labelSelector }: MetricRequest, value: string): Promise<object[]> {
    const timestamp = new Date().toISOString();
    if (object === "") return [{ metricName: metric, metricLabels: {}, timestamp, value }];
    const one = (kind: string, name = "", value = "0") => {
      const describedObject = { kind, namespace, name };
      return { describedObject, metric: { name: metric }, timestamp, value };
    };
    if (object !== "pods/*") return [one("Object", object.split("/")[1], value)];
    const { items } = await this.#client.core.v1.pods.list({ namespace, labelSelector });
    const share = `${Math.round((Number(value) * 1000) / items.length)}m`;
    return items.map(({ metadata }) => one("Pod", metadata?.name, share));
  }
}

/** Servers that have much to do are asked again; what they made though they did not say so is there. */
async function made(what: string, make: () => Promise<unknown>): Promise<void> {
  await waitFor(what, async () => {
    await make().catch((error: unknown) => {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    });
    return true;
  });
}

function isGroup(group: string): group is Group {
  return group in groupVersions;
}

function makeCertificate(directory: string): void {
  const names = `subjectAltName=DNS:${service.name}.${service.namespace}.svc`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(directory, "key.pem")];
  const args = ["req", "-x509", "-days", "2", "-subj", `/CN=${service.name}`, "-addext", names];
  execFileSync("openssl", [...args, ...key, "-out", join(directory, "cert.pem")], { stdio: "ignore" });
}

function failure(code: number, message: string): object {
  const reason = code === 404 ? "NotFound" : "InternalError";
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
}

function respond(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}
