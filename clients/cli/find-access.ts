import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type ClusterAccess, grpcExtension, KubeconfigError, readKubeconfig } from "../../lib/client/kubeconfig.ts";
import { NoServerError } from "./cli-error.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { Io } from "./io.ts";

/** The kubeconfig that is meant: the flag, the first file of `KUBECONFIG` that exists, `~/.kube/config`. */
export function kubeconfigPath(io: Pick<Io, "env" | "home">, global: Pick<GlobalFlags, "kubeconfig">): string {
  if (global.kubeconfig) return global.kubeconfig;
  const named = (io.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  return named.find((path) => existsSync(path)) ?? named[0] ?? join(io.home, ".kube", "config");
}

/** Reads how to reach the cluster. @throws NoServerError that says what to do. */
export async function findAccess(io: Pick<Io, "env" | "home">, global: GlobalFlags): Promise<ClusterAccess> {
  const path = kubeconfigPath(io, global);
  if (!existsSync(path))
    throw new NoServerError(
      `no kubeconfig at ${path}: start a cluster with "typernetes up", then point --kubeconfig or KUBECONFIG to the file it writes`,
    );
  try {
    return await readKubeconfig(path, global.context || undefined);
  } catch (error) {
    throw error instanceof KubeconfigError ? new NoServerError(error.message, { cause: error }) : error;
  }
}

/** Where the cluster's gRPC door is. @throws NoServerError when the kubeconfig names none. */
export function grpcAddressOf({ grpcAddress, context }: ClusterAccess): string {
  if (grpcAddress) return grpcAddress;
  throw new NoServerError(
    `the cluster of context "${context}" has no extension ${grpcExtension}: typectl needs the kubeconfig that "typernetes up" wrote`,
  );
}
