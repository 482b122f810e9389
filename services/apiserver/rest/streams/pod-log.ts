import { ServerResponse } from "node:http";
import type { PodLogRequest, PodLogResponse } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { Caller } from "../../core.ts";
import { isWithoutHost } from "../../grpc/kubelet-calls.ts";
import type { Exchange } from "../exchange.ts";
import { methodNotAllowed, must } from "../refusals.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { callerOf } from "../verbs.ts";
import { logOptions } from "./log-options.ts";
import { wantedProtocol } from "./take-socket.ts";
import { acceptWebSocket, chooseProtocol } from "./websocket/accept.ts";
import { MessageSocket } from "./websocket/message-socket.ts";

type LogMethod = (request: PodLogRequest, caller: Caller) => AsyncIterable<PodLogResponse>;

/** Of a log that is followed and silent it is taken after this time that nothing stands against it. */
const refusalTimeMs = 500;
const protocols = ["binary.k8s.io", "base64.binary.k8s.io"];

/** Sends what a container printed, as it was printed. @throws StatusError while nothing was sent. */
export async function serveLog(request: ResourceRequest): Promise<void> {
  const { exchange, path, served } = request;
  if (exchange.method !== "GET") throw methodNotAllowed();
  const handlers: Readonly<Record<string, unknown>> = served.handlers;
  // The handlers of pods were checked where they were made; here they are those of any kind.
  const method = must(handlers["log"] as LogMethod | undefined);
  const { namespace, name = "" } = path;
  const options = logOptions(exchange.query, name);
  const isWebSocket = wantedProtocol(exchange) === "websocket";
  const protocol = isWebSocket ? chooseProtocol(exchange, protocols) : undefined;
  const chunks = method({ namespace, name, options }, callerOf(request))[Symbol.asyncIterator]();
  const first = chunks.next();
  first.catch(() => {});
  try {
    // Others begin or end by themselves, on a busy machine later.
    await (options.follow ? Promise.race([first, delay(refusalTimeMs, first)]) : first);
  } catch (error) {
    if (!isWithoutHost(error)) throw error;
    exchange.begin(204, "text/plain");
    exchange.response.end();
    return;
  }
  const sink = isWebSocket ? await webSocketSink(exchange, protocol) : plainSink(exchange);
  await sendAll(first, chunks, sink);
}

/** Where a log goes. */
interface Sink {
  /** False when nobody takes any more. */
  write(bytes: Uint8Array): Promise<boolean>;
  end(): void;
  /** Ends it so that the client sees that something is missing. */
  fail(): void;
}

async function sendAll(
  first: Promise<IteratorResult<PodLogResponse>>,
  rest: AsyncIterator<PodLogResponse>,
  sink: Sink,
): Promise<void> {
  try {
    for (let result = await first; !result.done; result = await rest.next()) {
      const { chunk } = result.value;
      if (chunk?.length && !(await sink.write(chunk))) break;
    }
    sink.end();
  } catch {
    // Too late for a status: all that can be said is that the log breaks off.
    sink.fail();
  } finally {
    await rest.return?.();
  }
}

function plainSink(exchange: Exchange): Sink {
  const { response } = exchange;
  exchange.beLongRunning();
  exchange.begin(200, "text/plain");
  if (response instanceof ServerResponse) response.flushHeaders();
  return {
    async write(bytes) {
      if (!exchange.gone && !exchange.write(bytes)) await drained(exchange);
      return !exchange.gone;
    },
    end: () => response.end(),
    fail: () => response.destroy(),
  };
}

async function webSocketSink(exchange: Exchange, protocol: string | undefined): Promise<Sink> {
  const webSocket = await acceptWebSocket(exchange, protocol);
  const socket = new MessageSocket(webSocket, () => undefined);
  const isText = protocol === "base64.binary.k8s.io";
  return {
    async write(bytes) {
      const message = Buffer.from(bytes);
      await socket.send(isText ? message.toString("base64") : message);
      return webSocket.readyState === webSocket.OPEN;
    },
    end: () => socket.end(),
    fail: () => socket.end(1011, "the log breaks off"),
  };
}

function drained({ response, signal }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.removeListener("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Resolves after a time, or when `sooner` settles. */
function delay(ms: number, sooner: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    sooner.then(stop, stop);
  });
}
