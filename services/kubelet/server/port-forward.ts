import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { PodPortForwardRequest, PodPortForwardResponse } from "../../../gen/typernetes/core/v1/pod.ts";
import { onAbort } from "../../../lib/base/abort.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { connectWithin } from "./connect-within.ts";
import type { FindPod } from "./exec.ts";

const connectTimeoutMs = 10_000;

/** One connection to a port of a pod; the first request names both, later ones carry what is sent. Ends with either side. */
export async function* forwardPort(
  runtime: Pick<Runtime, "networkNamespace">,
  find: FindPod,
  requests: AsyncIterable<PodPortForwardRequest>,
  signal: AbortSignal,
): AsyncIterable<PodPortForwardResponse> {
  const input = requests[Symbol.asyncIterator]();
  const first = await input.next();
  if (first.done) throw new StatusError("BadRequest", "the request ended before it named a pod");
  const { namespace, name, port } = first.value;
  const socket = await connectTo(runtime, find(namespace, name), port ?? 0);
  // Seen by whoever reads.
  socket.on("error", () => {});
  const forget = onAbort(signal, () => void socket.destroy());
  send(socket, first.value, input).catch(() => socket.destroy());
  try {
    for await (const data of socket) yield { data };
    yield { closed: true };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE")) throw error;
  } finally {
    forget();
    socket.destroy();
  }
}

/** By the pod's address where it listens there; many listen on the pod's loopback alone. */
async function connectTo(runtime: Pick<Runtime, "networkNamespace">, worker: PodWorker, port: number): Promise<Duplex> {
  const { status, metadata } = worker.pod;
  const host = status?.podIP;
  if (!host) throw new StatusError("BadRequest", `pod ${metadata?.name} has no address`);
  try {
    return await connectByAddress(host, port).catch(async (error: unknown) => {
      const { sandbox } = await worker.observe();
      const netns = sandbox && (await runtime.networkNamespace(sandbox.id));
      if (!netns) throw error;
      return connectWithin(netns, port);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = `failed to connect to localhost:${port} of pod ${metadata?.name}, uid ${metadata?.uid}: ${why}`;
    throw new StatusError("InternalError", `error forwarding port ${port}: ${what}`, {}, { cause: error });
  }
}

async function connectByAddress(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const late = setTimeout(() => socket.destroy(new Error("i/o timeout")), connectTimeoutMs);
  try {
    await once(socket, "connect");
    return socket;
  } finally {
    clearTimeout(late);
  }
}

async function send(
  socket: Duplex,
  first: PodPortForwardRequest,
  input: AsyncIterator<PodPortForwardRequest>,
): Promise<void> {
  for (let message: PodPortForwardRequest | undefined = first; message; ) {
    const { data, closed } = message;
    if (data?.length && !socket.write(data)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
    if (closed) socket.end();
    const next: IteratorResult<PodPortForwardRequest> = await input.next();
    message = next.done ? undefined : next.value;
  }
  socket.end();
}
