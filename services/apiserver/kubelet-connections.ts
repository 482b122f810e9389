import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { connect } from "../../lib/grpc/connect.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import type { CertificatePair, Pki } from "./pki/pki.ts";

/** How the kubelet of a node is reached. @throws StatusError `ServiceUnavailable` when the node does not say. */
export type KubeletTransport = (node: Node) => Promise<Transport>;

const subject = { commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"] };
/** The certificate is renewed months before it ends: looking for a new one now and then is enough. */
const lookIntervalMs = 10 * 60 * 1000;

/** Connections to kubelets by network, one per address and certificate, kept until they are closed. */
export class KubeletConnections {
  readonly #pki: Pki;
  readonly #clock: Clock;
  readonly #open = new Map<string, Transport>();
  /** Of certificates that have been renewed: what streams on them goes on; idle ones hold no socket. */
  readonly #retired: Transport[] = [];
  #identity: Promise<CertificatePair> | undefined;
  #cert = "";
  #lookedAtMs = 0;

  constructor(pki: Pki, clock: Clock) {
    this.#pki = pki;
    this.#clock = clock;
  }

  /** A connection to the node's kubelet. */
  transportTo: KubeletTransport = async (node) => {
    const address = addressOf(node);
    const { cert, key } = await this.#certificate();
    if (cert !== this.#cert) this.#retire(cert);
    let transport = this.#open.get(address);
    if (!transport) {
      transport = connect({ address, tls: { ca: this.#pki.caCertificate, cert, key } });
      this.#open.set(address, transport);
    }
    return transport;
  };

  async close(): Promise<void> {
    await Promise.all([...this.#open.values(), ...this.#retired].map((transport) => transport.close()));
    this.#open.clear();
    this.#retired.length = 0;
  }

  #certificate(): Promise<CertificatePair> {
    const now = this.#clock.now();
    if (!this.#identity || now - this.#lookedAtMs >= lookIntervalMs) {
      this.#lookedAtMs = now;
      this.#identity = this.#pki.clientCertificate(subject);
      this.#identity.catch(() => {
        this.#identity = undefined;
      });
    }
    return this.#identity;
  }

  #retire(cert: string): void {
    this.#cert = cert;
    this.#retired.push(...this.#open.values());
    this.#open.clear();
  }
}

function addressOf(node: Node): string {
  const name = node.metadata?.name;
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  const host = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  if (host && port) return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const missing = host ? "no kubelet port" : "no InternalIP";
  throw new StatusError("ServiceUnavailable", `the kubelet of node ${name} cannot be reached: the node has ${missing}`);
}
