import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What an agent of the conformance test can be asked. `from` is the client's own address. */
export type Request =
  | { do: "serve"; ip: string; port: number; name: string }
  | { do: "open"; ip: string; port: number; from?: string; withinMs?: number }
  | { do: "ask"; connection: number; text: string }
  | { do: "finish"; connection: number; text: string; times: number }
  | UdpRequest
  | { do: "count"; ip: string; port: number; times: number; from?: string };

export interface UdpRequest {
  do: "ask-udp";
  ip: string;
  port: number;
  from?: string;
  fromPort?: number;
  withinMs?: number;
}

/** What it answers: the fields that the request asks for, or an error code. */
export interface Reply {
  error?: string;
  tookMs?: number;
  connection?: number;
  /** The server's name. */
  name?: string;
  /** The client's address as the server saw it. */
  client?: string;
  text?: string;
  /** Connections by the name of the server, or by error code. */
  names?: Record<string, number>;
}

const replyMsMax = 300_000;

/** The parent's end of an agent process. */
export class Agent {
  readonly #child: ChildProcess;
  readonly #from: string | undefined;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #requests = 0;

  /** Starts a process in the network namespace `netns`, or in the own one with `from` as its address. */
  constructor(place: { netns?: string; from?: string }) {
    const script = fileURLToPath(new URL("./conformance-agent.ts", import.meta.url));
    const command = [process.execPath, "--import", "tsx", script];
    const [program = "", ...args] = place.netns
      ? ["nsenter", `--net=/run/netns/${place.netns}`, "--", ...command]
      : command;
    this.#from = place.from;
    this.#child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", ({ id, reply }: { id: number; reply: Reply }) => {
      this.#waiting.get(id)?.(reply);
      this.#waiting.delete(id);
    });
    this.#child.on("exit", () => {
      for (const resolve of this.#waiting.values()) resolve({ error: "the agent ended" });
    });
  }

  /** Rejects when there is no reply for very long. */
  request(request: Request): Promise<Reply> {
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply to ${JSON.stringify(request)}`)), replyMsMax);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.#child.send({ id, request });
    });
  }

  /** A connection; to one that is not to be, `withinMs` is for how long an answer is waited for. */
  open(ip: string, port: number, withinMs?: number): Promise<Reply> {
    return this.request({ do: "open", ip, port, ...this.#place(), ...(withinMs && { withinMs }) });
  }

  /** How many of `times` connections, one after the other, each server answered. */
  async count(ip: string, port: number, times: number): Promise<Record<string, number>> {
    return (await this.request({ do: "count", ip, port, times, ...this.#place() })).names ?? {};
  }

  /** Who answers a UDP packet; an error code when nobody. With `fromPort` packets of several calls are one flow. */
  async askUdp(ip: string, port: number, fromPort?: number, withinMs?: number): Promise<string> {
    const more = { ...(fromPort && { fromPort }), ...(withinMs && { withinMs }) };
    const reply = await this.request({ do: "ask-udp", ip, port, ...this.#place(), ...more });
    return reply.text ?? reply.error ?? "";
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }

  #place(): { from?: string } {
    return this.#from === undefined ? {} : { from: this.#from };
  }
}
