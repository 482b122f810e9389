import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { JsonRecord } from "../../lib/api/records.ts";
import { type ClusterAccess, grpcExtension, KubeconfigError, readKubeconfig } from "../../lib/client/kubeconfig.ts";
import { NoServerError } from "./cli-error.ts";
import { readConfigFile } from "./config-file.ts";
import type { GlobalFlags } from "./global-flags.ts";
import type { Io } from "./io.ts";
import { mergeConfigFiles } from "./merge-config-files.ts";
import { formatGoYaml } from "./print/yaml.ts";

/** The kubeconfig that changes are written to: the flag, the first file of `KUBECONFIG` that exists, `~/.kube/config`. */
export function kubeconfigPath(io: Pick<Io, "env" | "home">, global: Pick<GlobalFlags, "kubeconfig">): string {
  const paths = kubeconfigPaths(io, global);
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? "";
}

/** The kubeconfigs that are read as one: the flag's, or all of `KUBECONFIG`, or `~/.kube/config`. */
function kubeconfigPaths(io: Pick<Io, "env" | "home">, global: Pick<GlobalFlags, "kubeconfig">): string[] {
  if (global.kubeconfig) return [global.kubeconfig];
  const named = (io.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  return named.length > 0 ? [...new Set(named)] : [join(io.home, ".kube", "config")];
}

/** Reads how to reach the cluster. @throws NoServerError that says what to do. */
export async function findAccess(io: Pick<Io, "env" | "home">, global: GlobalFlags): Promise<ClusterAccess> {
  const path = kubeconfigPath(io, global);
  const present = kubeconfigPaths(io, global).filter((one) => existsSync(one));
  if (present.length === 0)
    throw new NoServerError(
      `no kubeconfig at ${path}: start a cluster with "typernetes up", then point --kubeconfig or KUBECONFIG to the file it writes`,
    );
  try {
    // One file keeps its name in messages.
    const source = present.length === 1 ? path : formatGoYaml(await mergeConfigFiles(present));
    return asTold(await readKubeconfig(source, global.context || undefined), global);
  } catch (error) {
    throw error instanceof KubeconfigError ? new NoServerError(error.message, { cause: error }) : error;
  }
}

/** What the command line says of the user counts for more than the kubeconfig. @throws KubeconfigError */
function asTold(access: ClusterAccess, { token, as, asGroup, asUid }: GlobalFlags): ClusterAccess {
  const { tokenFile: _, ...others } = access;
  const shown = token ? { ...others, token } : access;
  if (!as && (asGroup.length > 0 || asUid))
    throw new KubeconfigError("requesting uid, groups or user-extra for as without a user");
  return as ? { ...shown, impersonate: { user: as, groups: asGroup, ...(asUid && { uid: asUid }) } } : shown;
}

/** Where the cluster's gRPC door is. @throws NoServerError when the kubeconfig names none. */
export function grpcAddressOf({ grpcAddress, context }: ClusterAccess): string {
  if (grpcAddress) return grpcAddress;
  throw new NoServerError(
    `the cluster of context "${context}" has no extension ${grpcExtension}: typectl needs the kubeconfig that "typernetes up" wrote`,
  );
}

/** The kubeconfig that is meant, read as it is written; several as one. @throws CliError */
export function readConfig(io: Pick<Io, "env" | "home">, global: GlobalFlags): Promise<JsonRecord> {
  const present = kubeconfigPaths(io, global).filter((path) => existsSync(path));
  return present.length > 1 ? mergeConfigFiles(present) : readConfigFile(kubeconfigPath(io, global));
}
