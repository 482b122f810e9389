import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import type { ClusterAccess } from "../../lib/client/kubeconfig.ts";
import { connect } from "../../lib/grpc/connect.ts";

/** A client of the cluster's gRPC door; in plain text when the kubeconfig names no authority. */
export function openClient({ ca, cert, key }: ClusterAccess, address: string): Client {
  const tls = ca ? { tls: cert && key ? { ca, cert, key } : { ca } } : {};
  return createClient(connect({ address, ...tls }));
}
