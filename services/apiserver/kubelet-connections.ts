import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { connect } from "../../lib/grpc/connect.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import type { Pki } from "./pki/pki.ts";

/** How the kubelet of a node is reached. @throws StatusError `ServiceUnavailable` when the node does not say. */
export type KubeletTransport = (node: Node) => Promise<Transport>;

/** Connections to kubelets by network, one per address, kept until they are closed. */
export class KubeletConnections {
  readonly #pki: Pki;
  readonly #open = new Map<string, Transport>();

  constructor(pki: Pki) {
    this.#pki = pki;
  }

  /** A connection to the node's kubelet. */
  transportTo: KubeletTransport = async (node) => {
    const address = addressOf(node);
    let transport = this.#open.get(address);
    if (!transport) {
      transport = connect({ address, tls: { ca: this.#pki.caCertificate, ...this.#identity() } });
      this.#open.set(address, transport);
    }
    return transport;
  };

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((transport) => transport.close()));
    this.#open.clear();
  }

  #identity() {
    return this.#pki.clientCertificate({
      commonName: "kube-apiserver-kubelet-client",
      organizations: ["system:masters"],
    });
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
