import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { backoffDelay } from "../../../lib/base/backoff.ts";

const restart = { initialMs: 200, maxMs: 10_000 };
/** A service that ran for this long starts afresh. */
const steadyMs = 30_000;
const stopMsMax = 30_000;

/** One service as a process of its own, started again whenever it ends by itself. */
export class SupervisedService {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #restarts = 0;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  /** `args` are those of the program `typernetes`. */
  constructor(name: string, args: readonly string[], dataDir: string) {
    this.name = name;
    this.#args = args;
    this.#logFile = join(dataDir, "logs", `${name}.log`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Of a process that has ended by itself, the last line it wrote. */
  get lastWords(): string | undefined {
    if (this.#restarts === 0) return undefined;
    const line = readFileSync(this.#logFile, "utf8").trim().split("\n").at(-1) ?? "";
    return line.replace(/^error: /, "") || `${this.name} ended; its log is empty`;
  }

  start(): void {
    const log = openSync(this.#logFile, "a");
    const startedMs = Date.now();
    const [, program = ""] = process.argv;
    const child = spawn(process.execPath, [...process.execArgv, program, ...this.#args], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    child.once("exit", (code, signal) => this.#ended(startedMs, signal ?? `code ${code}`));
    child.once("error", (error) => appendFileSync(this.#logFile, `${error.message}\n`));
  }

  /** Asks the process to end, and kills it when it does not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await ended;
    clearTimeout(killer);
  }

  #ended(startedMs: number, how: string): void {
    if (this.#stopping) return;
    if (Date.now() - startedMs > steadyMs) this.#restarts = 0;
    const delayMs = backoffDelay(this.#restarts++, restart);
    console.log(
      `${this.name} ended (${how}); starting it again in ${Math.round(delayMs)} ms, its log is ${this.#logFile}`,
    );
    this.#timer = setTimeout(() => this.start(), delayMs);
  }
}
