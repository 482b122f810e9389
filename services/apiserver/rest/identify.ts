import type { Socket } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";
import type { Identity } from "../../../lib/grpc/router.ts";
import { authenticateRequest, bearerTokenOf, unauthorized } from "../auth/authenticate-request.ts";
import type { Core } from "../core.ts";
import type { Exchange } from "./exchange.ts";
import { takeBearerProtocol } from "./streams/websocket/bearer-protocol.ts";

/** Who a connection's certificate says its client is, and until when. */
interface Known {
  identity: Identity;
  validUntilMs: number;
}

const knownBySocket = new WeakMap<Socket, Known>();

/** Who asks, where that is known of the connection already. */
export function knownIdentity(core: Core, exchange: Exchange): Identity | undefined {
  if (exchange.headers.authorization !== undefined || exchange.upgrade) return undefined;
  const known = knownBySocket.get(socketOf(exchange));
  return known && core.clock.now() < known.validUntilMs ? known.identity : undefined;
}

/** Who asks; kept for the connection where only its certificate counts. @throws StatusError Unauthorized. */
export async function identify(core: Core, exchange: Exchange): Promise<Identity> {
  const socket = socketOf(exchange);
  const { authorization } = exchange.headers;
  const certificate = certificateOf(socket);
  const validUntilMs = certificate ? Date.parse(certificate.valid_to) : Number.POSITIVE_INFINITY;
  if (core.clock.now() >= validUntilMs) throw unauthorized();
  const bearerToken = bearerTokenOf(authorization) ?? (exchange.upgrade && takeBearerProtocol(exchange.headers));
  const credentials = { certificate, bearerToken, remoteAddress: socket.remoteAddress };
  const identity = await authenticateRequest(core.authenticators, credentials);
  if (authorization === undefined && !exchange.upgrade) knownBySocket.set(socket, { identity, validUntilMs });
  return identity;
}

/** Whether a request wants to be done as somebody else. */
export function wantsImpersonation({ headers }: Exchange): boolean {
  for (const name in headers) if (name.startsWith("impersonate-")) return true;
  return false;
}

function socketOf({ request }: Exchange): Socket {
  return "stream" in request ? (request.stream.session?.socket ?? request.socket) : request.socket;
}

/** The client's certificate; only what the cluster's authority vouches for. A connection that has gone has none any more. */
export function certificateOf(socket: Socket): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate: PeerCertificate | null = socket.getPeerCertificate();
  return certificate?.subject ? certificate : undefined;
}
