import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import {
  type ClusterAccess,
  type ConnectionSettings,
  connectTo,
  KubeconfigError,
} from "../../lib/client/kubeconfig.ts";
import { CliError } from "./cli-error.ts";

/** A client of the cluster's gRPC door; in plain text when the kubeconfig names no authority. @throws CliError */
export async function openClient(
  access: ClusterAccess,
  address: string,
  settings: ConnectionSettings,
): Promise<Client> {
  try {
    return createClient(await connectTo(access, address, settings));
  } catch (error) {
    throw error instanceof KubeconfigError ? new CliError(error.message, { cause: error }) : error;
  }
}
