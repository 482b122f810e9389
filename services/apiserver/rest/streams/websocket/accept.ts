import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { StatusError } from "../../../../../lib/base/status-error.ts";
import { badRequest } from "../../../errors.ts";
import type { AnyHttpRequest, Exchange } from "../../exchange.ts";
import { listedIn, takeSocket } from "../take-socket.ts";

/** Of one message; clients send pieces of 32 KiB or less. */
const messageBytesMax = 1024 * 1024;

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: messageBytesMax,
});
const protocolHeader = "sec-websocket-protocol";
/** What was chosen for a request. The package would refuse the names of some of Kubernetes' protocols. */
const chosenProtocols = new WeakMap<IncomingMessage, string>();
server.on("headers", (lines: string[], request: IncomingMessage) => {
  const protocol = chosenProtocols.get(request);
  if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
});

/**
 * What is spoken: the first that the client names and the server knows, or the one that it names where all are spoken alike;
 * undefined for clients that name none. @throws StatusError BadRequest.
 */
export function chooseProtocol(exchange: Exchange, known?: readonly string[]): string | undefined {
  const wanted = listedIn(exchange.headers[protocolHeader]);
  if (wanted.length === 0) return undefined;
  if (!known) {
    if (wanted.length === 1) return wanted[0];
    throw badRequest(`one protocol can be asked for, not several: [${wanted.join(" ")}]`);
  }
  const chosen = wanted.find((protocol) => known.includes(protocol));
  if (chosen !== undefined) return chosen;
  throw badRequest(`requested protocol(s) are not supported: [${wanted.join(" ")}]; supports [${known.join(" ")}]`);
}

/** Goes on as a WebSocket; from here on nothing is answered over HTTP. Rejects when the client does not keep to the protocol. */
export function acceptWebSocket(exchange: Exchange, protocol: string | undefined): Promise<WebSocket> {
  const { request } = exchange;
  if (!isPlainRequest(request) || request.method !== "GET") throw badRequest("WebSockets are opened with GET");
  if (!request.headers["sec-websocket-key"]) throw badRequest("Sec-WebSocket-Key is missing");
  delete request.headers[protocolHeader];
  if (protocol !== undefined) chosenProtocols.set(request, protocol);
  const { socket, head } = takeSocket(exchange);
  return new Promise((resolve, reject) => {
    socket.once("close", () => reject(new StatusError("BadRequest", "the client has gone")));
    server.handleUpgrade(request, socket, head, resolve);
  });
}

function isPlainRequest(request: AnyHttpRequest): request is IncomingMessage {
  return "httpVersionMajor" in request && request.httpVersionMajor === 1;
}
