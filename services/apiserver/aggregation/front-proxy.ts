import type { OutgoingHttpHeaders } from "node:http";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { CertificatePair, Pki } from "../pki/pki.ts";

/** The certificate is renewed months before it ends: looking for a new one now and then is enough. */
const lookIntervalMs = 10 * 60 * 1000;
const notInNames = /[^!#$&'*+\-.^_`|~0-9A-Za-z]/g;

/** The certificate by which other servers know that the apiserver speaks for its clients. */
export class FrontProxy {
  readonly #pki: Pki | undefined;
  readonly #clock: Clock;
  #pair: Promise<CertificatePair> | undefined;
  #lookedAtMs = 0;

  constructor(pki: Pki | undefined, clock: Clock) {
    this.#pki = pki;
    this.#clock = clock;
  }

  /** Undefined where the server has no authority. */
  async certificate(): Promise<CertificatePair | undefined> {
    if (!this.#pki) return undefined;
    const now = this.#clock.now();
    if (!this.#pair || now - this.#lookedAtMs >= lookIntervalMs) {
      this.#lookedAtMs = now;
      this.#pair = this.#pki.frontProxy().then((own) => own.clientCertificate());
      this.#pair.catch(() => {
        this.#pair = undefined;
      });
    }
    return this.#pair;
  }
}

/** For whom the apiserver speaks, as headers. */
export function identityHeaders({ user, uid, groups, extra = {} }: Identity): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { "X-Remote-User": octets(user) };
  if (uid) headers["X-Remote-Uid"] = octets(uid);
  if (groups.length > 0) headers["X-Remote-Group"] = groups.map(octets);
  for (const [key, values] of Object.entries(extra)) headers[`X-Remote-Extra-${escaped(key)}`] = values.map(octets);
  return headers;
}

/** Header values are octets: other characters go as UTF-8. */
function octets(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Octets that header names cannot have, and `%` itself, go as `%` and two digits. */
function escaped(key: string): string {
  return octets(key).replace(
    notInNames,
    (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
