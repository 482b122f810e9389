import {
  type Pod,
  type PodAttachRequest,
  type PodExecRequest,
  type PodExecResponse,
  PodServiceDefinition,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { Context } from "../context.ts";
import type { Terminal } from "../io.ts";
import { RequestQueue } from "./request-queue.ts";

/** What a person or program does in a container. */
interface Session {
  readonly container: string;
  /** Whether input is passed on. */
  readonly stdin: boolean;
  /** The window that the container's terminal shows in; absent: it has none. */
  readonly terminal: Terminal | undefined;
  /** What is run; absent: the main process is attached to. */
  readonly command?: readonly string[];
  /** What is passed on; the program's input when absent. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Takes what the process prints; the program's output when absent. */
  readonly output?: (chunk: Uint8Array) => Promise<void>;
}

/** The terminal that `-t` asks for, where there is one; tells when there is none. */
export async function terminalOf(
  context: Context,
  { stdin, quiet }: { stdin: boolean; quiet: boolean },
): Promise<Terminal | undefined> {
  const { terminal } = context.io;
  if (!terminal && stdin && !quiet)
    await context.note("Unable to use a TTY - input is not a terminal or the right kind of file");
  return terminal;
}

/** Passes input and output on until the process ends; answers its exit code, undefined when the container does not tell. */
export async function runSession(context: Context, pod: Pod, session: Session): Promise<number | undefined> {
  const { terminal, output = context.io.stdout.write } = session;
  const requests = new RequestQueue<PodExecRequest & PodAttachRequest>();
  const release = [
    terminal && session.stdin ? terminal.makeRaw() : () => {},
    terminal ? terminal.onResize(() => requests.push({ resize: terminal.size() })) : () => {},
  ];
  let exitCode: number | undefined;
  try {
    const answers = await open(context, pod, session, requests);
    if (session.stdin) void feed(session.input ?? context.io.stdin.chunks(), requests);
    for await (const answer of answers) {
      if (answer.stdout?.length) await output(answer.stdout);
      if (answer.stderr?.length) await context.io.stderr.write(answer.stderr);
      exitCode = answer.exitCode ?? exitCode;
    }
  } finally {
    requests.end();
    for (const undo of release) undo();
  }
  return exitCode;
}

async function open(
  context: Context,
  { metadata = {} }: Pod,
  { container, stdin, terminal, command }: Session,
  requests: RequestQueue<PodExecRequest & PodAttachRequest>,
): Promise<AsyncIterable<PodExecResponse>> {
  const { client } = await context.connect();
  const { name = "", namespace = "" } = metadata;
  const tty = terminal !== undefined;
  const options = { stdin, stdout: true, stderr: !tty, tty, container };
  const resize = terminal ? { resize: terminal.size() } : {};
  const { signal } = context.io;
  requests.push({ namespace, name, options: command ? { ...options, command: [...command] } : options, ...resize });
  return client.duplex(PodServiceDefinition, command ? "exec" : "attach", requests, { signal });
}

/** Sends what comes in, no faster than it is taken. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  requests: RequestQueue<PodExecRequest & PodAttachRequest>,
): Promise<void> {
  try {
    for await (const chunk of input) {
      requests.push({ stdin: chunk });
      await requests.drained();
    }
    requests.push({ stdinClosed: true });
  } catch (error) {
    requests.fail(error);
  }
}
