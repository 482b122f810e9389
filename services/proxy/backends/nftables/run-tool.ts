import { spawn } from "node:child_process";

/** Runs a tool of the node in its network namespace and answers what it printed. Rejects with `ToolError`. */
export type RunTool = (command: string, args: string[], input?: string) => Promise<string>;

/** A tool that failed: in its own words. */
export class ToolError extends Error {
  /** Whether the tool ran to its end; when not, what it did is unknown. */
  readonly finished: boolean;

  constructor(message: string, finished: boolean) {
    super(message);
    this.name = "ToolError";
    this.finished = finished;
  }
}

/** What a tool may print before it is stopped, in bytes. */
const outputBytesMax = 256 * 1024 * 1024;
/** How much of a tool's complaint is kept, in characters. */
const complaintCharactersMax = 2000;

/** Tools for the network namespace `netns` (a name under `/run/netns`; the process's own when absent), each with a deadline. */
export function createToolRunner(netns: string | undefined, deadlineMs: number): RunTool {
  if (netns !== undefined && !/^[\w.-]+$/.test(netns))
    throw new Error(`${JSON.stringify(netns)} is not the name of a network namespace`);
  return (command, args, input) =>
    netns === undefined
      ? run(command, args, input, deadlineMs)
      : run("nsenter", [`--net=/run/netns/${netns}`, "--", command, ...args], input, deadlineMs);
}

function run(command: string, args: string[], input: string | undefined, deadlineMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let complaint = "";
    let stopped: string | undefined;
    const stop = (why: string) => {
      stopped ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop(`no answer within ${deadlineMs} ms`), deadlineMs);
    child.stdout.on("data", (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > outputBytesMax) stop(`more than ${outputBytesMax} bytes of output`);
      else output.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      if (complaint.length < complaintCharactersMax) complaint += chunk;
    });
    // A tool that stops reading says why on its way out; the broken pipe adds nothing.
    child.stdin.on("error", () => {});
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new ToolError(`${command}: ${error.message}`, child.pid === undefined));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (stopped !== undefined) reject(new ToolError(`${command}: ${stopped}`, false));
      else if (signal !== null) reject(new ToolError(`${command}: ended by ${signal}: ${complaint.trim()}`, false));
      else if (code !== 0) reject(new ToolError(complaintOf(command, code, complaint), true));
      else resolve(Buffer.concat(output).toString());
    });
    child.stdin.end(input);
  });
}

function complaintOf(command: string, code: number | null, complaint: string): string {
  const words = complaint.trim().slice(0, complaintCharactersMax);
  return words === "" ? `${command} ended with code ${code}` : words;
}
