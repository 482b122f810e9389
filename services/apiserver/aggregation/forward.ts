import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Exchange } from "../rest/exchange.ts";
import { takeSocket } from "../rest/streams/take-socket.ts";
import { connectionFault } from "../webhooks/call-faults.ts";
import { wasStale } from "../webhooks/stale-connection.ts";

/** Of one connection only, or the client's business with this server. */
const notForwarded = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "http2-settings", "host", "authorization", "expect"],
]);
const requestMsMax = 60_000;
const plainText = "text/plain; charset=utf-8";

export interface Forwarding {
  readonly exchange: Exchange;
  readonly connection: RequestOptions;
  /** For whom the request is made. */
  readonly identity: OutgoingHttpHeaders;
  readonly clock: Clock;
  /** Whether the answer takes as long as the client wants. */
  readonly isLong: boolean;
}

/** Lets another server answer a request. Resolves when the answer has begun, or it was told that there is none. */
export function forward(forwarding: Forwarding, isRetry = false): Promise<void> {
  const { exchange, connection, clock, isLong } = forwarding;
  const { request, response } = exchange;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({
      ...connection,
      ...{ method: exchange.method, path: request.url, headers: requestHeaders(forwarding) },
      // Connections that were kept may be gone by now, what has been sent on them too.
      ...(isRetry && { agent: false }),
    });
    const isEndless = isLong || exchange.upgrade !== undefined;
    const cancel = isEndless ? () => {} : clock.schedule(requestMsMax, () => outgoing.destroy(late()));
    const leave = () => {
      cancel();
      outgoing.destroy();
    };
    exchange.whenAnswered(leave);
    if (isLong) exchange.beLongRunning();
    outgoing.on("response", (incoming) => {
      answer(exchange, incoming);
      resolve();
    });
    outgoing.on("upgrade", (incoming, socket, head) => {
      splice(exchange, incoming, socket as Socket, head);
      resolve();
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      cancel();
      if (exchange.gone || response.headersSent) response.destroy();
      else if (error instanceof StatusError) return reject(error);
      else if (!isRetry && wasStale(outgoing, error) && !hasBody(exchange))
        return forward(forwarding, true).then(resolve, reject);
      else exchange.send(503, plainText, `error trying to reach service: ${connectionFault(error)}\n`, noSniff);
      resolve();
    });
    if (hasBody(exchange)) request.pipe(outgoing);
    else outgoing.end();
  });
}

const noSniff = { "X-Content-Type-Options": "nosniff" };

/** Tells that the server does not answer, before it is asked. */
export function answerUnavailable(exchange: Exchange): void {
  exchange.send(503, plainText, "service unavailable\n", noSniff);
}

function late(): StatusError {
  return new StatusError("Timeout", "request did not complete within the allowed duration");
}

function hasBody({ request, headers, upgrade }: Exchange): boolean {
  if (upgrade) return false;
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function requestHeaders({ exchange, identity }: Forwarding): OutgoingHttpHeaders {
  const { headers, request, upgrade } = exchange;
  const named = listed(headers.connection);
  const sent: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    const isOurs = name.startsWith(":") || name.startsWith("x-remote-") || name.startsWith("impersonate-");
    if (!isOurs && !notForwarded.has(name) && !named.has(name)) sent[name] = value;
  }
  const host = textOf(headers[":authority"]) ?? headers.host;
  if (host) sent["host"] = host;
  const { remoteAddress } = request.socket;
  sent["x-forwarded-for"] = [headers["x-forwarded-for"], remoteAddress].filter(Boolean).join(", ");
  sent["x-forwarded-proto"] ??= "https";
  if (host) sent["x-forwarded-host"] ??= host;
  if (upgrade) Object.assign(sent, { connection: "Upgrade", upgrade: headers.upgrade });
  return { ...sent, ...identity };
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function listed(header: string | undefined): Set<string> {
  return new Set((header ?? "").split(",").map((word) => word.trim().toLowerCase()));
}

function answer(exchange: Exchange, incoming: IncomingMessage): void {
  const { response } = exchange;
  const { statusCode = 502, headers } = incoming;
  if (statusCode >= 300 && statusCode <= 399 && headers.location) {
    incoming.resume();
    const message = "the backend attempted to redirect this request, which is not permitted\n";
    return exchange.send(502, plainText, message, noSniff);
  }
  const named = listed(headers.connection);
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name === "cache-control") passed["Cache-Control"] = value;
    else if (name === "content-type") passed["Content-Type"] = value;
    else if (!notForwarded.has(name) && !named.has(name) && name !== "audit-id") passed[name] = value;
  }
  exchange.begin(statusCode, String(headers["content-type"] ?? "application/octet-stream"), passed);
  // A watch may have nothing to say for long.
  if (response instanceof ServerResponse) response.flushHeaders();
  const sink: Writable = response;
  incoming.once("error", () => sink.destroy());
  incoming.pipe(sink);
}

/** From now on both ends talk in their own protocol; when one goes, so does the other. */
function splice(exchange: Exchange, incoming: IncomingMessage, remote: Socket, remoteHead: Buffer): void {
  if (exchange.gone || !(exchange.response instanceof ServerResponse)) {
    remote.destroy();
    return;
  }
  const { socket, head } = takeSocket(exchange);
  const lines = [`HTTP/1.1 101 ${incoming.statusMessage ?? "Switching Protocols"}`];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2)
    lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (remoteHead.length > 0) socket.write(remoteHead);
  if (head.length > 0) remote.write(head);
  remote.setTimeout(0);
  for (const [one, other] of [
    [socket, remote],
    [remote, socket],
  ] as const) {
    one.on("error", () => one.destroy());
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
}
