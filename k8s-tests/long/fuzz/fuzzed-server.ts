import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { BackgroundProgram, programPath } from "../../support/program.ts";
import { waitFor } from "../../support/wait.ts";
import { type Admittance, answerDeadlineMs } from "./door-client.ts";
import { Http1Client } from "./http1-client.ts";
import type { FuzzedKind } from "./odd-request.ts";

/** What a server holds. */
export interface Holdings {
  heapBytes: number;
  sockets: number;
  /** Open files of every kind, sockets too. */
  descriptors: number;
  /** Watches and other long answers. */
  longRunning: number;
  inflight: number;
  /** Who is told of changes: clients, and parts of the server itself. */
  watchers: number;
  /** The length of all figures together. */
  figuresBytes: number;
}

/** A server that can be looked into, and an administrator's way to it. */
export class FuzzedServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "typernetes-fuzz-"));
  readonly program: BackgroundProgram;
  #client: Http1Client | undefined;
  #admittance: Admittance | undefined;

  private constructor(services: readonly string[]) {
    const args = ["up", "--data-dir", this.#folder, "--https-port", "0", "--grpc-port", "0", ...services];
    this.program = new BackgroundProgram(programPath("typernetes"), args, {
      ...process.env,
      NODE_OPTIONS: "--inspect=127.0.0.1:0",
    });
  }

  /** An API server without anything that would ask it by itself; `services` are options of `up` that say otherwise. */
  static async start(
    services = ["--without", "scheduler,controller-manager,kubelet,proxy,dns"],
  ): Promise<FuzzedServer> {
    const server = new FuzzedServer(services);
    try {
      await server.program.printed("cluster complete", 60_000);
      server.#client = new Http1Client(server.admittance, 4);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** How the administrator comes in at the REST door. */
  get admittance(): Admittance {
    this.#admittance ??= this.#readAdmittance();
    return this.#admittance;
  }

  /** As `admittance`, at the gRPC door. */
  get grpcAdmittance(): Admittance {
    return { ...this.admittance, port: Number(/gRPC [^\s:]+:(\d+)/.exec(this.program.output)?.[1]) };
  }

  #readAdmittance(): Admittance {
    const config = readFileSync(join(this.#folder, "kubeconfig"), "utf8");
    const data = (name: string) =>
      Buffer.from(new RegExp(`${name}-data: "?([\\w+/=]+)`).exec(config)?.[1] ?? "", "base64");
    const [ca, cert, key] = [data("certificate-authority"), data("client-certificate"), data("client-key")];
    return { host: "127.0.0.1", port: Number(/server: "?https:\/\/[^:]+:(\d+)/.exec(config)?.[1]), ca, cert, key };
  }

  /** A plain request, which has to be answered with no fault of the server's; answers what was answered. */
  async ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<string> {
    const all = { accept: "application/json", "content-type": "application/json", ...headers };
    const bytes = body && Buffer.from(JSON.stringify(body));
    if (!this.#client) throw new Error("the server has not started");
    const sent = this.#client.send({ method, path, headers: all, body: bytes }, answerDeadlineMs);
    const { status, text } = await sent;
    if (status === 0 || status >= 500) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text;
  }

  async kinds(): Promise<[FuzzedKind, ...FuzzedKind[]]> {
    const groups = JSON.parse(await this.ask("GET", "/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
    const names = groups.groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion));
    const paths = ["/api/v1", ...names.map((name) => `/apis/${name}`)];
    const lists = await Promise.all(paths.map(async (path) => JSON.parse(await this.ask("GET", path)) as ResourceList));
    const [first, ...rest] = lists.flatMap(kindsOf);
    if (!first) throw new Error("nothing is served");
    return [first, ...rest];
  }

  /** What the server holds now, its garbage collected. */
  async holdings(): Promise<Holdings> {
    const figures = await this.ask("GET", "/metrics");
    return {
      heapBytes: await this.#heapAfterCollection(),
      ...this.#files(),
      longRunning: figure(figures, "longrunning_requests"),
      // The one that asks is one of them.
      inflight: figure(figures, "current_inflight_requests") - 1,
      watchers: figure(figures, "registered_watchers"),
      figuresBytes: figures.length,
    };
  }

  /** As `holdings`, once all clients have gone. */
  async settled(): Promise<Holdings> {
    let holdings = await this.holdings();
    const isQuiet = async () => {
      holdings = await this.holdings();
      return holdings.longRunning === 0 && holdings.inflight === 0;
    };
    await waitFor("the server has let go of its clients", isQuiet, 90_000).catch((error: unknown) => {
      throw new Error(`it still has ${JSON.stringify(holdings)}`, { cause: error });
    });
    return holdings;
  }

  /** For how long the event loop stood still at most, in seconds, since this was asked last. */
  async longestPause(): Promise<number> {
    const figures = await this.ask("GET", "/metrics");
    return figure(figures, "nodejs_eventloop_lag_max_seconds");
  }

  /** Processor time of the server since its start, which tells of its work on a busy machine, too. */
  processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.program.pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  #files(): { sockets: number; descriptors: number } {
    const folder = `/proc/${this.program.pid}/fd`;
    const links = readdirSync(folder).map((fd) => linkOf(join(folder, fd)));
    return { sockets: links.filter((link) => link.startsWith("socket:")).length, descriptors: links.length };
  }

  async #heapAfterCollection(): Promise<number> {
    return this.#inspect(async (call) => {
      await call("HeapProfiler.collectGarbage");
      await call("HeapProfiler.collectGarbage");
      return Number(/"usedSize":(\d+)/.exec(await call("Runtime.getHeapUsage"))?.[1]);
    });
  }

  /** The functions that the server is in, when it is too busy to tell by itself. */
  async stack(): Promise<string> {
    const names = await this.#inspect(async (call, told) => {
      await call("Debugger.enable");
      void call("Debugger.pause").catch(() => {});
      const paused = await told("Debugger.paused");
      return [...paused.matchAll(/"functionName":"([^"]*)".*?"lineNumber":(\d+),"columnNumber":(\d+)/g)];
    });
    return names.map(([, name, line, column]) => `${name || "(anonymous)"}:${Number(line) + 1}:${column}`).join("\n");
  }

  /** Asks the server's inspector. `told` resolves with the next message of an event, or nothing after a while. */
  async #inspect<T>(
    ask: (call: (method: string) => Promise<string>, told: (event: string) => Promise<string>) => Promise<T>,
  ): Promise<T> {
    const [, address = ""] = /Debugger listening on (ws:\S+)/.exec(this.program.output) ?? [];
    const socket = new WebSocket(address);
    let id = 0;
    const told = (text: string) =>
      new Promise<string>((resolve, reject) => {
        socket.on("message", (data) => String(data).includes(text) && resolve(String(data)));
        socket.once("error", reject);
        setTimeout(() => resolve(""), inspectorMsMax).unref();
      });
    const call = (method: string) => {
      const answer = told(`"id":${++id},`);
      socket.send(JSON.stringify({ id, method }));
      return answer;
    };
    try {
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      return await ask(call, told);
    } finally {
      socket.close();
    }
  }
}

const inspectorMsMax = 20_000;
/** Of Linux, wherever Node runs. */
const ticksPerSecond = 100;

/** The sum of what a figure is over all its labels. */
function figure(figures: string, name: string): number {
  const lines = figures.matchAll(new RegExp(`^\\w*${name}(?:{[^}]*})? (-?[\\d.e+-]+)$`, "gm"));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
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
