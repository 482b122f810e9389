import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { takeSocket } from "../take-socket.ts";
import { makeOutgoing, unreachable } from "./outgoing.ts";
import type { ProxiedRequest } from "./serve-proxy.ts";

/** How long one side may go on when the other has ended. */
const lingerMs = 1_000;
/** How long a slow one may take for what was sent to it before. */
const flushMs = 30_000;

/** Passes a request for another protocol on, then everything both ways until either side ends. @throws StatusError ServiceUnavailable. */
export function forwardUpgrade(proxied: ProxiedRequest): Promise<void> {
  const { exchange } = proxied;
  const outgoing = makeOutgoing(proxied);
  exchange.response.once("close", () => outgoing.destroy());
  return new Promise((resolve, reject) => {
    outgoing.on("error", (error) => reject(unreachable(error)));
    outgoing.once("upgrade", (answer, socket, head) => {
      const client = takeSocket(exchange);
      client.socket.write(headOf(answer));
      if (head.length > 0) client.socket.write(head);
      if (client.head.length > 0) socket.write(client.head);
      join(client.socket, socket);
      client.socket.once("close", resolve);
    });
    outgoing.once("response", (answer) => {
      sendRefusal(proxied, answer);
      answer.once("close", resolve);
    });
    outgoing.end();
  });
}

/** Neither of the two outlives the other. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => from.destroy());
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
    });
    from.once("end", () => finish(to));
    from.pipe(to, { end: false });
  }
}

/** Sends what is left, then closes soon. */
function finish(stream: Duplex): void {
  if (stream.destroyed) return;
  const within = (ms: number) => {
    const timer = setTimeout(() => stream.destroy(), ms);
    stream.once("close", () => clearTimeout(timer));
  };
  stream.once("finish", () => within(lingerMs));
  stream.end();
  within(flushMs);
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The one that was asked answers instead of going on in another protocol. */
function sendRefusal({ exchange }: ProxiedRequest, answer: IncomingMessage): void {
  const { response } = exchange;
  exchange.declineUpgrade();
  response.statusCode = answer.statusCode ?? 502;
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== "connection" && name !== "transfer-encoding") response.setHeader(name, value);
  }
  answer.pipe(response as NodeJS.WritableStream);
}
