import type { Duplex } from "node:stream";
import { createWebSocketStream } from "ws";
import { SpdySession } from "../../../../lib/spdy/spdy-session.ts";
import type { SpdyStream } from "../../../../lib/spdy/spdy-stream.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { type ForwardedConnection, forwardConnection, prepareForward } from "./forward-call.ts";
import { acceptSpdy, chooseVersion } from "./spdy/accept.ts";
import { acceptWebSocket } from "./websocket/accept.ts";

const version = "portforward.k8s.io";
/** The WebSocket protocol that carries SPDY. */
export const tunnelProtocol = `SPDY/3.1+${version}`;
/** How long the second stream of a connection may take to come after the first. */
const pairTimeoutMs = 30_000;

/** Serves port forwarding over SPDY. @throws StatusError while the answer is still HTTP's. */
export async function serveSpdyForward(request: ResourceRequest): Promise<void> {
  const chosen = chooseVersion(request.exchange, [version]) ?? version;
  await prepareForward(request);
  const pairs = new StreamPairs((pair) => forward(request, pair));
  const session = acceptSpdy(request.exchange, chosen, (stream) => pairs.take(stream));
  await session.closed;
  pairs.close();
}

/** Serves port forwarding over SPDY within a WebSocket. @throws StatusError while the answer is still HTTP's. */
export async function serveTunnelledForward(request: ResourceRequest): Promise<void> {
  await prepareForward(request);
  const webSocket = await acceptWebSocket(request.exchange, tunnelProtocol);
  const tunnel: Duplex = createWebSocketStream(webSocket);
  const pairs = new StreamPairs((pair) => forward(request, pair));
  const session = new SpdySession(tunnel, Buffer.alloc(0), (stream) => pairs.take(stream));
  await session.closed;
  webSocket.terminate();
  pairs.close();
}

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  timer: NodeJS.Timeout;
}

/** Brings together the two streams of each connection. */
class StreamPairs {
  readonly #onPair: (pair: Required<Pair>) => void;
  readonly #waiting = new Map<string, Pair>();

  constructor(onPair: (pair: Required<Pair>) => void) {
    this.#onPair = onPair;
  }

  take(stream: SpdyStream): void {
    const type = stream.headers.get("streamtype");
    if ((type !== "data" && type !== "error") || !isPort(portOf(stream))) return stream.reset();
    const id = requestIdOf(stream, type);
    const pair = this.#waiting.get(id) ?? this.#begin(id);
    if (pair[type]) return stream.reset();
    pair[type] = stream;
    const { data, error, timer } = pair;
    if (!data || !error) return;
    clearTimeout(timer);
    this.#waiting.delete(id);
    this.#onPair({ data, error, timer });
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #begin(id: string): Pair {
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      pair.data?.reset();
      pair.error?.reset();
    }, pairTimeoutMs);
    const pair: Pair = { timer };
    this.#waiting.set(id, pair);
    return pair;
  }
}

/** Clients of old name no request: the stream for errors comes first, and the one for data has the next number. */
function requestIdOf({ headers, id }: SpdyStream, type: "data" | "error"): string {
  return headers.get("requestid") ?? `stream ${type === "error" ? id : id - 2}`;
}

function portOf({ headers }: SpdyStream): number {
  return Number(headers.get("port"));
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65536;
}

function forward(request: ResourceRequest, { data, error }: Required<Pair>): void {
  const abort = new AbortController();
  data.onReset = () => abort.abort();
  if (data.isReset) abort.abort();
  // Nothing is read from it: clients end it at once.
  error.incoming.close();
  const connection: ForwardedConnection = {
    port: portOf(data),
    incoming: data.incoming,
    send: (bytes) => data.write(bytes),
    fail: (message) => void error.write(Buffer.from(message)),
    end() {
      error.end();
      data.end();
      data.incoming.close();
    },
    signal: abort.signal,
  };
  void forwardConnection(request, connection);
}
