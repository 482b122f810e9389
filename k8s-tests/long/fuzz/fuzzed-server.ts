import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { BackgroundProgram, programPath } from "../../support/program.ts";
import type { FuzzedKind, OddRequest } from "./odd-request.ts";

/** What a server holds. */
export interface Holdings {
  heapBytes: number;
  sockets: number;
  /** Watches and other long answers. */
  longRunning: number;
  inflight: number;
}

const answerDeadlineMs = 60_000;
/** How long an answer that goes on is listened to. */
const listeningMs = 50;

/** An API server that can be looked into, and connections to it that are kept. */
export class FuzzedServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "typernetes-fuzz-"));
  readonly program: BackgroundProgram;
  #agent = new Agent();
  #base = { host: "127.0.0.1", port: 0 };

  private constructor() {
    const others = "scheduler,controller-manager,kubelet,proxy,dns";
    const args = ["up", "--data-dir", this.#folder, "--https-port", "0", "--grpc-port", "0", "--without", others];
    this.program = new BackgroundProgram(programPath("typernetes"), args, {
      ...process.env,
      NODE_OPTIONS: "--inspect=127.0.0.1:0",
    });
  }

  static async start(connections: number): Promise<FuzzedServer> {
    const server = new FuzzedServer();
    try {
      await server.program.printed("cluster complete", 60_000);
      server.#connect(connections);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #connect(connections: number): void {
    const config = readFileSync(join(this.#folder, "kubeconfig"), "utf8");
    const data = (name: string) =>
      Buffer.from(new RegExp(`${name}-data: "?([\\w+/=]+)`).exec(config)?.[1] ?? "", "base64");
    const [ca, cert, key] = [data("certificate-authority"), data("client-certificate"), data("client-key")];
    this.#base = { host: "127.0.0.1", port: Number(/server: "?https:\/\/[^:]+:(\d+)/.exec(config)?.[1]) };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key });
  }

  /** Sends a request; answers its status, 0 when the connection was closed instead, and the beginning of the answer. */
  send(
    { method, path, headers, body }: OddRequest,
    patienceMs = listeningMs,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#base, agent: this.#agent, method, path, headers });
      const late = setTimeout(() => {
        sent.destroy();
        reject(new Error(`no answer within ${answerDeadlineMs} ms`));
      }, answerDeadlineMs);
      const done = (status: number, text: string) => {
        clearTimeout(late);
        resolve({ status, text });
      };
      sent.on("error", (error) => done(0, error.message));
      sent.on("upgrade", (answer, socket) => {
        socket.destroy();
        done(answer.statusCode ?? 0, "");
      });
      sent.on("response", (answer) => {
        let text = "";
        const enough = setTimeout(() => answer.destroy(), patienceMs);
        answer.on("error", () => {});
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString("latin1");
        });
        answer.once("close", () => {
          clearTimeout(enough);
          done(answer.statusCode ?? 0, text);
        });
      });
      sent.end(body);
    });
  }

  /** A plain request, which has to succeed; answers what was answered. */
  async ask(method: string, path: string, body?: object): Promise<string> {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const bytes = body && Buffer.from(JSON.stringify(body));
    const { status, text } = await this.send({ method, path, headers, body: bytes }, answerDeadlineMs);
    if (status === 0 || status >= 500) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text;
  }

  async kinds(): Promise<FuzzedKind[]> {
    const groups = JSON.parse(await this.ask("GET", "/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
    const names = groups.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion));
    const paths = ["/api/v1", ...names.map((name) => `/apis/${name}`)];
    const lists = await Promise.all(paths.map(async (path) => JSON.parse(await this.ask("GET", path)) as ResourceList));
    return lists.flatMap(kindsOf);
  }

  async holdings(): Promise<Holdings> {
    const figures = await this.ask("GET", "/metrics");
    const figure = (name: string) =>
      [...figures.matchAll(new RegExp(`^\\w*${name}(?:{[^}]*})? (-?\\d+)$`, "gm"))].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    return {
      heapBytes: await this.#heapAfterCollection(),
      sockets: this.#sockets(),
      longRunning: figure("longrunning_requests"),
      // The one that asks is one of them.
      inflight: figure("current_inflight_requests") - 1,
    };
  }

  #sockets(): number {
    const folder = `/proc/${this.program.pid}/fd`;
    return readdirSync(folder).filter((fd) => linkOf(join(folder, fd)).startsWith("socket:")).length;
  }

  /** Lets go of all connections. */
  disconnect(): void {
    this.#agent.destroy();
  }

  async #heapAfterCollection(): Promise<number> {
    const [, address = ""] = /Debugger listening on (ws:\S+)/.exec(this.program.output) ?? [];
    const socket = new WebSocket(address);
    const call = (id: number, method: string) =>
      new Promise<string>((resolve, reject) => {
        socket.on("message", (data) => String(data).includes(`"id":${id},`) && resolve(String(data)));
        socket.once("error", reject);
        socket.send(JSON.stringify({ id, method }));
      });
    try {
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      await call(1, "HeapProfiler.collectGarbage");
      await call(2, "HeapProfiler.collectGarbage");
      return Number(/"usedSize":(\d+)/.exec(await call(3, "Runtime.getHeapUsage"))?.[1]);
    } finally {
      socket.close();
    }
  }
}

interface ResourceList {
  groupVersion: string;
  resources: { name: string; kind: string; namespaced: boolean }[];
}

function kindsOf({ groupVersion, resources }: ResourceList): FuzzedKind[] {
  const [version = "", group = ""] = groupVersion.split("/").reverse();
  const kinds = resources.filter(({ name }) => !name.includes("/"));
  return kinds.map(({ name, kind, namespaced }) => {
    const subresources = resources.flatMap((each) =>
      each.name.startsWith(`${name}/`) ? [each.name.slice(name.length + 1)] : [],
    );
    return { group, version, plural: name, kind, namespaced, subresources };
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
