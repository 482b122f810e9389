import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Until a cluster is complete: long enough for a machine that has much else to do. */
export const startMsMax = 240_000;

/** How a program ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The path of one of this project's programs. */
export function programPath(name: "typernetes" | "typectl"): string {
  return join(root, "bin", name);
}

/** Runs a program to its end; it is killed after `timeoutMs`. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const { input = "", timeoutMs = 120_000, env = process.env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Runs a program that has to succeed; answers what it printed. @throws Error with its own words. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}

/** A program that runs beside the test. */
export class BackgroundProgram {
  readonly #child: ChildProcess;
  /** It has ended, and all that it printed has been read. */
  #closed = false;
  output = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.#child.once("close", () => (this.#closed = true));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when the output has `text`. @throws Error when the program ends first, or after `timeoutMs`. */
  async printed(text: string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.output.includes(text)) {
      if (this.#closed) throw new Error(`the program ended before it printed "${text}":\n${this.output}`);
      if (Date.now() > deadline)
        throw new Error(`the program did not print "${text}" within ${timeoutMs} ms:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills the program; resolves when it has gone. */
  async killed(): Promise<void> {
    this.kill("SIGKILL");
    if (!this.ended) await once(this.#child, "exit");
  }

  /** Asks the program to end, and kills it when it does not. */
  async stop(timeoutMs = 120_000): Promise<void> {
    if (this.ended) return;
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), timeoutMs);
    await ended;
    clearTimeout(timer);
  }
}
