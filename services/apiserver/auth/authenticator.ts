import type { PeerCertificate } from "node:tls";
import type { Identity } from "../../../lib/grpc/router.ts";

/** What a client shows to say who it is. */
export interface Credentials {
  /** Checked against the cluster's authority; undefined when the client showed none. */
  readonly certificate?: PeerCertificate | undefined;
  /** The text after `Bearer ` in the header or metadata `authorization`. */
  readonly bearerToken?: string | undefined;
  /** For whom a token has to be; the API when absent. */
  readonly audiences?: readonly string[] | undefined;
  readonly remoteAddress?: string | undefined;
}

/** One way of knowing a client. */
export interface Authenticator {
  readonly name: string;
  /**
   * Who it is; undefined when this way knows nothing of these credentials.
   * @throws StatusError `Unauthorized` when it knows them and they are not good.
   */
  authenticate(credentials: Credentials): Promise<Identity | undefined> | Identity | undefined;
}
