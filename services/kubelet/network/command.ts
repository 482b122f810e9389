import { spawn } from "node:child_process";

/** How a command is run. */
export interface CommandOptions {
  /** Given to the command's standard input. */
  input?: string;
  /** Name under `/run/netns` of the network namespace to run in; the machine's own when absent. */
  netns?: string | undefined;
  /** The command is killed after this long; a minute when absent, as a busy machine takes its time. */
  timeoutMs?: number;
}

/** A command that could not be run or that ended with an error; `message` carries what it wrote to stderr. */
export class CommandError extends Error {
  /** The command's exit code; absent when it did not run to an end. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | undefined, stderr: string, cause?: unknown) {
    super(`${argv.join(" ")}: ${stderr.trim() || `exit code ${exitCode}`}`, { cause });
    this.name = "CommandError";
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** Runs a command to its end and answers what it wrote to stdout. @throws CommandError */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [file = "", ...args] = options.netns ? ["nsenter", `--net=${netnsPath(options.netns)}`, ...argv] : argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill(), options.timeoutMs ?? 60_000);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new CommandError(argv, undefined, error.message, error));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(Buffer.concat(stdout).toString());
      const text = Buffer.concat(stderr).toString();
      reject(new CommandError(argv, code ?? undefined, signal ? `killed by ${signal}; ${text}` : text));
    });
    // A command that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** Where a named network namespace is found. */
export function netnsPath(netns: string): string {
  return `/run/netns/${netns}`;
}
