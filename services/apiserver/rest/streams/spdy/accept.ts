import { StatusError } from "../../../../../lib/base/status-error.ts";
import { SpdySession } from "../../../../../lib/spdy/spdy-session.ts";
import type { SpdyStream } from "../../../../../lib/spdy/spdy-stream.ts";
import type { Exchange } from "../../exchange.ts";
import { listedIn, takeSocket } from "../take-socket.ts";

const versionHeader = "x-stream-protocol-version";

/** What is spoken over the streams: the first that the client names and the server knows. @throws StatusError Forbidden. */
export function chooseVersion(exchange: Exchange, known: readonly string[]): string | undefined {
  const wanted = listedIn(exchange.headers[versionHeader]);
  if (wanted.length === 0) return undefined;
  const chosen = wanted.find((version) => known.includes(version));
  if (chosen !== undefined) return chosen;
  const lists = `client supports [${wanted.join(" ")}], server accepts [${known.join(" ")}]`;
  throw new StatusError("Forbidden", `unable to upgrade: unable to negotiate protocol: ${lists}`);
}

/** Goes on in SPDY; from here on nothing is answered over HTTP. */
export function acceptSpdy(
  exchange: Exchange,
  version: string | undefined,
  onStream: (stream: SpdyStream) => void,
): SpdySession {
  const { socket, head } = takeSocket(exchange);
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1"];
  if (version !== undefined) lines.push(`X-Stream-Protocol-Version: ${version}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return new SpdySession(socket, head, onStream);
}
