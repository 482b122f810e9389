import { ServerCredentials } from "@grpc/grpc-js";

/** What a server shows and whom it believes, as PEM. */
export interface ServerTls {
  /** Signs client certificates. */
  ca: string;
  /** The serving certificate, with its chain. */
  cert: string;
  key: string;
}

/**
 * Asks every client for a certificate and checks it against the CA; who has none may still connect, and is told apart by the
 * `authenticate` hook. New connections use what was last given to `reload`.
 */
export class ReloadableServerCredentials extends ServerCredentials {
  constructor(tls: ServerTls) {
    super({ requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" }, contextOf(tls));
  }

  reload(tls: ServerTls): void {
    this.updateSecureContextOptions(contextOf(tls));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf(tls: ServerTls) {
  return { ca: tls.ca, cert: tls.cert, key: tls.key };
}
