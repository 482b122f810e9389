import { once } from "node:events";
import type { PodExecRequest, PodExecResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { onAbort } from "../../../lib/base/abort.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { type ExecSession, type Runtime, RuntimeError } from "../runtimes/runtime.ts";
import { chooseContainer } from "./choose-container.ts";
import { mergeStreams } from "./merge-streams.ts";

/** What requests carry besides what they ask for. */
type SessionInput = Pick<PodExecRequest, "stdin" | "stdinClosed" | "resize">;

/** Finds a pod of this node. @throws StatusError `NotFound`. */
export type FindPod = (namespace: string | undefined, name: string | undefined) => PodWorker;

/**
 * Runs a command in a container; the first request names both, the others carry input. The command ends with the call:
 * when the caller goes, it is killed.
 */
export async function* execInContainer(
  runtime: Runtime,
  find: FindPod,
  requests: AsyncIterable<PodExecRequest>,
  signal: AbortSignal,
): AsyncIterable<PodExecResponse> {
  const start: StartSession<PodExecRequest> = (request) =>
    startSession(runtime, find(request.namespace, request.name), request);
  yield* relaySession(start, requests, signal);
}

/** What begins with the first request. */
export type StartSession<T> = (first: T) => Promise<ExecSession>;

/** Passes input and output between a session and its caller; when the caller goes, the session is killed. */
export async function* relaySession<T extends SessionInput>(
  start: StartSession<T>,
  requests: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncIterable<PodExecResponse> {
  const input = requests[Symbol.asyncIterator]();
  const first = await input.next();
  if (first.done) throw new StatusError("BadRequest", "the request ended before it named a pod");
  const session = await start(first.value);
  const kill = () => void session.kill().catch(() => {});
  const forget = onAbort(signal, kill);
  session.exitCode.catch(() => {});
  // Who sends input no more, because the connection broke, does not end the command: `signal` tells of that.
  feed(session, first.value, input).catch(() => session.stdin?.end());
  try {
    const { stdout, stderr } = session;
    const outputs = [{ stream: stdout, wrap: (chunk: Uint8Array): PodExecResponse => ({ stdout: chunk }) }];
    if (stderr) outputs.push({ stream: stderr, wrap: (chunk) => ({ stderr: chunk }) });
    yield* mergeStreams(outputs);
    yield { exitCode: await session.exitCode };
  } finally {
    forget();
    kill();
  }
}

async function startSession(runtime: Runtime, worker: PodWorker, request: PodExecRequest): Promise<ExecSession> {
  const { command = [], container: wanted, stdin = false, tty = false } = request.options ?? {};
  if (command.length === 0)
    throw new StatusError("BadRequest", "you must specify at least 1 command for the container");
  const name = chooseContainer(worker.pod, wanted);
  const container = (await worker.observe()).containers.get(name)?.[0];
  if (container?.state !== "Running") throw new StatusError("BadRequest", `container not found ("${name}")`);
  try {
    return await runtime.exec(container.id, { command, stdin, tty });
  } catch (error) {
    if (error instanceof RuntimeError) throw new StatusError("BadRequest", error.message, {}, { cause: error });
    throw error;
  }
}

/** Passes input on as fast as the command takes it. */
async function feed(session: ExecSession, first: SessionInput, input: AsyncIterator<SessionInput>): Promise<void> {
  for (let message: SessionInput | undefined = first; message; ) {
    const { resize, stdin, stdinClosed } = message;
    // A size that cannot be set, as the command has no terminal yet or no more, is no end of its input.
    if (resize) await session.resize(resize.columns ?? 80, resize.rows ?? 24).catch(() => {});
    if (stdin && session.stdin && !session.stdin.write(stdin)) await drained(session);
    if (stdinClosed) session.stdin?.end();
    const next: IteratorResult<SessionInput> = await input.next();
    message = next.done ? undefined : next.value;
  }
  session.stdin?.end();
}

/** Resolves when input may be written again, or never will be. */
async function drained({ stdin, exitCode }: ExecSession): Promise<void> {
  if (!stdin) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    await Promise.race([once(stdin, "drain", { signal }), once(stdin, "close", { signal }), exitCode]);
  } finally {
    waiting.abort();
  }
}
