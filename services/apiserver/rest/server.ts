import type { IncomingMessage } from "node:http";
import { createSecureServer, type Http2SecureServer, type Http2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { closeSessionsWhenIdle } from "../../../lib/grpc/close-when-idle.ts";
import { destroyWhenSilent } from "../../../lib/grpc/silent-socket.ts";
import { listen } from "../../../lib/net/listen.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { CertificatePair } from "../pki/pki.ts";
import type { AnyHttpRequest, AnyHttpResponse } from "./exchange.ts";
import { endWhenSilent } from "./session-pings.ts";

export interface RestServerOptions {
  host?: string | undefined;
  /** 0 chooses a free one. */
  port: number;
  /** Vouches for client certificates. */
  ca: string;
  certificate: CertificatePair;
  answer: (request: AnyHttpRequest, response: AnyHttpResponse) => void;
  /** Gets requests of HTTP/1.1 that want to go on in another protocol. */
  upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  logger: Logger;
}

/** An HTTPS server for HTTP/1.1 and HTTP/2 on one port. */
export interface RestServer {
  readonly port: number;
  /** New connections get this certificate. */
  reload(certificate: CertificatePair): void;
  /** Ends idle connections, waits up to 2 s for answers, ends the rest. */
  close(): Promise<void>;
}

const closeGraceMs = 2_000;
/** As long as a client may take for the head of a request, and for all of it. */
const headersTimeoutMs = 30_000;
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 180_000;
/** Of a request, as in Go's server: a long command of an exec is all in the URL. */
const headerBytesMax = 1024 * 1024;
/** What the answers that a client does not read may take, in megabytes for each connection, before it is refused others. */
const sessionMegabytesMax = 256;
/** How long a connection may be silent before the machine asks whether its other end is still there. */
const tcpKeepAliveMs = 30_000;

/** Opens the server. Rejects with `EADDRINUSE` and the like. */
export async function startRestServer(options: RestServerOptions): Promise<RestServer> {
  closeSessionsWhenIdle();
  const contextOf = ({ cert, key }: CertificatePair) => ({ ca: options.ca, cert, key });
  const server = createSecureServer(
    {
      ...contextOf(options.certificate),
      allowHTTP1: true,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024, maxHeaderListSize: headerBytesMax },
      maxSessionMemory: sessionMegabytesMax,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: tcpKeepAliveMs,
    },
    options.answer,
  );
  // Known to the part of the server that speaks HTTP/1.1.
  Object.assign(server, {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: headerBytesMax,
  });
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    endWhenSilent(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") destroyWhenSilent(socket);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", options.upgrade);
  server.on("sessionError", () => {});
  const port = await listen(server, { port: options.port, host: options.host });
  server.on("error", (error) => options.logger.error({ err: error }, "the HTTPS server failed"));
  return {
    port,
    reload: (certificate) => server.setSecureContext(contextOf(certificate)),
    close: () => close(server, sessions, sockets),
  };
}

async function close(
  server: Http2SecureServer,
  sessions: ReadonlySet<Http2Session>,
  sockets: ReadonlySet<Socket>,
): Promise<void> {
  for (const session of sessions) session.close();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  for (const socket of sockets) socket.destroy();
}
