import type { PodExecRequest, PodExecResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { type ExecSession, type Runtime, RuntimeError } from "../runtimes/runtime.ts";
import { chooseContainer } from "./choose-container.ts";

type Find = (namespace: string | undefined, name: string | undefined) => PodWorker;

/** Runs a command in a container; the first request names both, the others carry input. */
export async function* execInContainer(
  runtime: Runtime,
  find: Find,
  requests: AsyncIterable<PodExecRequest>,
  signal: AbortSignal,
): AsyncIterable<PodExecResponse> {
  const input = requests[Symbol.asyncIterator]();
  const first = await input.next();
  if (first.done) throw new StatusError("BadRequest", "the request ended before it named a pod");
  const session = await startSession(runtime, find(first.value.namespace, first.value.name), first.value);
  const kill = () => void session.kill().catch(() => {});
  signal.addEventListener("abort", kill, { once: true });
  try {
    const feeding = feed(session, first.value, input).catch(kill);
    yield* outputOf(session);
    yield { exitCode: await session.exitCode };
    await Promise.race([feeding, Promise.resolve()]);
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
  }
}

async function startSession(runtime: Runtime, worker: PodWorker, request: PodExecRequest): Promise<ExecSession> {
  const options = request.options ?? {};
  const command = options.command ?? [];
  if (command.length === 0)
    throw new StatusError("BadRequest", "you must specify at least one command for the container");
  const name = chooseContainer(worker.pod, options.container);
  const container = (await worker.observe()).containers.get(name)?.[0];
  if (container?.state !== "Running") {
    throw new StatusError("BadRequest", `container "${name}" in pod "${worker.pod.metadata?.name}" is not running`);
  }
  try {
    return await runtime.exec(container.id, { command, stdin: options.stdin ?? false, tty: options.tty ?? false });
  } catch (error) {
    if (error instanceof RuntimeError) throw new StatusError("BadRequest", error.message, {}, { cause: error });
    throw error;
  }
}

async function feed(session: ExecSession, first: PodExecRequest, input: AsyncIterator<PodExecRequest>): Promise<void> {
  for (let message: PodExecRequest = first; ; ) {
    if (message.resize) await session.resize(message.resize.columns ?? 80, message.resize.rows ?? 24);
    if (message.stdin && session.stdin && !session.stdin.write(message.stdin)) await drained(session.stdin);
    if (message.stdinClosed) session.stdin?.end();
    const next = await input.next();
    if (next.done) break;
    message = next.value;
  }
  session.stdin?.end();
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("drain", resolve);
    stream.once("close", resolve);
    stream.once("error", reject);
  });
}

/** Both outputs as they come. */
async function* outputOf(session: ExecSession): AsyncIterable<PodExecResponse> {
  const sources = [
    read(session.stdout, (stdout) => ({ stdout })),
    ...(session.stderr ? [read(session.stderr, (stderr) => ({ stderr }))] : []),
  ];
  const pending = new Map(sources.map((source) => [source, source.next()]));
  while (pending.size > 0) {
    const [source, result] = await Promise.race(
      [...pending].map(async ([key, promise]) => [key, await promise] as const),
    );
    if (result.done) pending.delete(source);
    else {
      pending.set(source, source.next());
      yield result.value;
    }
  }
}

async function* read(
  stream: NodeJS.ReadableStream,
  wrap: (chunk: Uint8Array) => PodExecResponse,
): AsyncGenerator<PodExecResponse> {
  for await (const chunk of stream) yield wrap(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
}
