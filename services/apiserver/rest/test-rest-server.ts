import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { openEmbeddedStore } from "../../../lib/storage/embedded/embedded-store.ts";
import type { Store } from "../../../lib/storage/store.ts";
import type { KubeletTransport } from "../kubelet-connections.ts";
import { type Apiserver, type ApiserverOptions, type CertificateSubject, startApiserver } from "../service.ts";

/** JSON of which a test says what it has. */
export interface Json {
  readonly [key: string]: Json | undefined;
}

/** An answer, whole. */
export interface RestAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
  /** Parsed when it is asked for. */
  readonly json: Json;
}

export interface RestRequest {
  body?: string | Uint8Array | object;
  headers?: Readonly<Record<string, string>>;
}

/** A client of a test server, with one connection per request at a time. */
export interface RestClient {
  readonly tls: { ca: string; cert?: string; key?: string };
  send(method: string, path: string, request?: RestRequest): Promise<RestAnswer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<RestAnswer>;
  /** The lines of a stream, as they come; `headers` once they are there. */
  stream(path: string, headers?: Readonly<Record<string, string>>): RestStream;
  close(): void;
}

export interface RestStream {
  readonly headers: Promise<IncomingHttpHeaders & { status: number }>;
  /** Whether the answer has come to its own end, rather than to that of its connection. */
  readonly isWhole: boolean;
  /** The next line, parsed; undefined at the end. Rejects when that takes too long. */
  next(): Promise<Json | undefined>;
  stop(): void;
}

/** An apiserver that listens on loopback, with a store of its own. */
export interface TestRestServer {
  readonly apiserver: Apiserver;
  readonly store: Store;
  readonly port: number;
  client(subject?: CertificateSubject): Promise<RestClient>;
  close(): Promise<void>;
}

export const administrator: CertificateSubject = { commonName: "kubernetes-admin", organizations: ["system:masters"] };

/** Starts it; pods need no service account. Kubelets are reached by `kubeletTransport`, if at all. */
export async function startTestRestServer(
  options: ApiserverOptions = {},
  kubeletTransport?: KubeletTransport,
): Promise<TestRestServer> {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-rest-"));
  const store = await openEmbeddedStore({ directory: join(directory, "store") });
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  const deps = { store, logger: silentLogger, ...(kubeletTransport && { kubeletTransport }) };
  const apiserver = await startApiserver(deps, { listen, disableAdmissionPlugins: ["ServiceAccount"], ...options });
  const port = apiserver.httpsPort ?? 0;
  const clients: RestClient[] = [];
  return {
    apiserver,
    store,
    port,
    async client(subject) {
      const pair = subject && (await apiserver.pki?.clientCertificate(subject));
      const client = createRestClient(port, { ca: apiserver.pki?.caCertificate ?? "", ...pair });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await apiserver.close();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function createRestClient(port: number, tls: { ca: string; cert?: string; key?: string }): RestClient {
  const agent = new Agent({ keepAlive: true, ...tls });
  const options = (method: string, path: string, headers: Readonly<Record<string, string>>): RequestOptions => ({
    ...{ host: "127.0.0.1", port, method, path, agent, headers: { ...headers } },
  });
  const send = (method: string, path: string, { body, headers = {} }: RestRequest = {}): Promise<RestAnswer> =>
    new Promise((resolve, reject) => {
      const isPlain = typeof body === "string" || body instanceof Uint8Array;
      const bytes = body === undefined || isPlain ? body : JSON.stringify(body);
      // Node does not say how long the body of a deletion is.
      const length = bytes !== undefined && { "content-length": String(Buffer.byteLength(bytes)) };
      const type = bytes !== undefined && !isPlain && { "content-type": "application/json" };
      const all = { ...length, ...type, ...headers };
      const request = httpsRequest(options(method, path, all), async (response) => {
        const chunks: Buffer[] = await response.toArray();
        resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks)));
      });
      request.on("error", reject);
      request.end(bytes);
    });
  return {
    tls,
    send,
    get: (path, headers = {}) => send("GET", path, { headers }),
    stream: (path, headers = {}) => new LineStream(options("GET", path, headers)),
    close: () => agent.destroy(),
  };
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): RestAnswer {
  return {
    ...{ status, headers, bytes, text: bytes.toString() },
    get json() {
      return JSON.parse(this.text);
    },
  };
}

const lineMsMax = 60_000;

class LineStream implements RestStream {
  readonly headers: Promise<IncomingHttpHeaders & { status: number }>;
  readonly #lines: (string | undefined)[] = [];
  readonly #request;
  isWhole = false;
  #wake = () => {};

  constructor(options: RequestOptions) {
    this.#request = httpsRequest(options);
    this.headers = new Promise((resolve, reject) => {
      this.#request.on("error", (error) => {
        reject(error);
        this.#push(undefined);
      });
      this.#request.on("response", (response) => {
        resolve(Object.assign(response.headers, { status: response.statusCode ?? 0 }));
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) this.#push(line);
        });
        response.on("close", () => {
          this.isWhole = response.complete;
          this.#push(undefined);
        });
      });
    });
    this.headers.catch(() => {});
    this.#request.end();
  }

  async next(): Promise<Json | undefined> {
    while (this.#lines.length === 0) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no line within ${lineMsMax} ms`)), lineMsMax);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const line = this.#lines.shift();
    return line === undefined ? undefined : JSON.parse(line);
  }

  stop(): void {
    this.#request.destroy();
  }

  #push(line: string | undefined): void {
    this.#lines.push(line);
    this.#wake();
  }
}
