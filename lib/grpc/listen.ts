import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ServerTls } from "./server-tls.ts";

/** Takes connections in, and tells gRPC from HTTP/1.1 where both are served on one port. */
export interface Listener {
  readonly server: Server;
  /** Whether connections that are handed on have their TLS behind them. */
  readonly endsTls: boolean;
  /** New connections get these certificates. */
  reload(tls: ServerTls): void;
}

/** Who takes connections of one protocol. */
type Take = (socket: Socket) => void;

/** A listener for gRPC alone; TLS is for those who take the connections. */
export function grpcListener(take: Take): Listener {
  return { server: createServer({ noDelay: true }, take), endsTls: false, reload: () => {} };
}

/**
 * A listener for gRPC and HTTP/1.1 over TLS. Clients of gRPC offer HTTP/2 and nothing else; those that offer both, or neither,
 * are spoken to in HTTP/1.1. `watch` sees every connection, and says whether it is let in.
 */
export function sharedListener(
  tls: ServerTls,
  http: RequestListener,
  watch: (socket: Socket) => boolean,
  takeGrpc: Take,
): Listener {
  const httpServer = createHttpServer(http);
  const options = { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2", noDelay: true } as const;
  const server = createTlsServer({ ...options, ...tls, ALPNProtocols: ["http/1.1", "h2"] }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (!watch(socket)) return;
    if (socket.alpnProtocol === "h2") takeGrpc(socket);
    else httpServer.emit("connection", socket);
  });
  return { server, endsTls: true, reload: (newer) => server.setSecureContext({ ...newer }) };
}
