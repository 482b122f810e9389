import type { Socket } from "node:net";
import type { PeerCertificate } from "node:tls";
import { isStatusError, StatusError } from "../base/status-error.ts";
import type { Identity } from "./router.ts";

/** Says who a client is, by its verified certificate (undefined when it showed none). Throws `StatusError` Unauthorized. */
export type Authenticate = (certificate: PeerCertificate | undefined) => Identity;

interface Connection {
  identity?: Identity;
  /** When the certificate that named the identity ends, in milliseconds since the epoch. */
  validUntil: number;
}

/**
 * The open connections of a server, by the peer's address and port: while a connection is open, no other that has them is let
 * in. So who a client is need be found only once per connection; reading a certificate costs as much as a small call.
 */
export class Connections {
  readonly #byPeer = new Map<string, Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #authenticate: Authenticate;

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  /** False when the connection is not let in, and destroyed. */
  add(socket: Socket): boolean {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    // The same port of a client can lead to two addresses of the server: then nobody knows who calls.
    if (socket.remoteAddress !== undefined && this.#byPeer.has(peer)) {
      socket.destroy();
      return false;
    }
    const connection: Connection = { validUntil: 0 };
    this.#byPeer.set(peer, connection);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
    return true;
  }

  /** Who is at `peer`. Throws Unauthorized. */
  identify(peer: string, certificate: () => PeerCertificate | undefined): Identity {
    const connection = this.#byPeer.get(peer);
    if (!connection) throw new StatusError("Unauthorized", "Unauthorized");
    if (connection.identity && Date.now() < connection.validUntil) return connection.identity;
    const shown = certificate();
    const validUntil = shown ? Date.parse(shown.valid_to) : Number.POSITIVE_INFINITY;
    if (Date.now() >= validUntil) throw new StatusError("Unauthorized", "the client certificate has expired");
    connection.identity = this.#ask(shown);
    connection.validUntil = validUntil;
    return connection.identity;
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #ask(certificate: PeerCertificate | undefined): Identity {
    try {
      return this.#authenticate(certificate);
    } catch (error) {
      if (isStatusError(error)) throw error;
      throw new StatusError("Unauthorized", "Unauthorized", {}, { cause: error });
    }
  }
}
