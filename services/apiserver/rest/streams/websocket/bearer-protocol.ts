import type { IncomingHttpHeaders } from "node:http";
import { unauthorized } from "../../../auth/authenticate-request.ts";
import { listedIn } from "../take-socket.ts";

const header = "sec-websocket-protocol";
const prefix = "base64url.bearer.authorization.k8s.io.";

/**
 * The token that a browser, which can set no other header, sends among the protocols of a WebSocket; taken out of there.
 * @throws StatusError Unauthorized for tokens that are none.
 */
export function takeBearerProtocol(headers: IncomingHttpHeaders): string | undefined {
  const protocols = listedIn(headers[header]);
  const tokens = protocols.filter((protocol) => protocol.startsWith(prefix));
  const [first] = tokens;
  if (first === undefined) return undefined;
  const others = protocols.filter((protocol) => !protocol.startsWith(prefix));
  // A server has to answer with one of the protocols, and that must not be the token.
  if (tokens.length > 1 || others.length === 0) throw unauthorized();
  const token = Buffer.from(first.slice(prefix.length), "base64url").toString("utf8");
  if (!token) throw unauthorized();
  headers[header] = others.join(", ");
  return token;
}
