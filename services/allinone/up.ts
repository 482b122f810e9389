import { stopSignal } from "../../lib/base/stop-signal.ts";
import type { Cluster } from "./cluster.ts";
import { checkConfigurationFiles } from "./configuration-files.ts";
import { makeDirectory } from "./data-directory.ts";
import { endLeftProcesses, markStartedProcesses } from "./left-processes.ts";
import { machinePowers } from "./machine-powers.ts";
import type { RuntimeKind, UpOptions } from "./options.ts";
import { type Claim, claimDataDir, type RunFile } from "./run-file.ts";
import { explainStartError } from "./start-error.ts";

/** Runs a cluster in the foreground until the process is told to end; prints how to reach it. */
export async function up(options: UpOptions): Promise<void> {
  const start = performance.now();
  await checkConfigurationFiles(options);
  let isStopping = false;
  const stopping = () => {
    if (!isStopping) console.log("stopping; a second signal ends it at once, and leaves the rest to: typernetes down");
    isStopping = true;
  };
  const asked = stopSignal().then(stopping);
  const runtime: RuntimeKind = options.runtime === "auto" ? "process" : options.runtime;
  const { claim, cluster } = await startOrExplain(options, runtime);
  if (!isStopping) announce(cluster, performance.now() - start);
  const failed = cluster.complete.then(
    () => {
      if (isStopping) return asked;
      for (const line of cluster.limitations) console.log(`note: ${line}`);
      console.log(`cluster complete in ${((performance.now() - start) / 1000).toFixed(2)} s`);
      return new Promise<never>(() => {});
    },
    (error: unknown) => error,
  );
  const failure = await Promise.race([asked, failed]);
  stopping();
  await cluster.stop();
  claim.release();
  if (failure) throw failure;
}

async function startOrExplain(options: UpOptions, runtime: RuntimeKind): Promise<{ claim: Claim; cluster: Cluster }> {
  const { dataDir, nodes } = options;
  let claim: Claim | undefined;
  try {
    makeDirectory(dataDir);
    claim = claimDataDir(dataDir, { runtime, nodes, ...(options.criSocket && { criSocket: options.criSocket }) });
    if (claim.killed) await clearAfter(claim.killed, dataDir, runtime, nodes);
    markStartedProcesses(dataDir);
    // Begun first: other programs try the machine while this one loads its code.
    void machinePowers();
    const { startCluster } = await import("./cluster.ts");
    return { claim, cluster: await startCluster(options, runtime) };
  } catch (error) {
    claim?.giveBack();
    throw explainStartError(error, options);
  }
}

/** A killed cluster's nodes go on in this one if they are the same; else they are in the way. */
async function clearAfter(killed: RunFile, dataDir: string, runtime: RuntimeKind, nodes: number): Promise<void> {
  await endLeftProcesses(dataDir);
  if (killed.runtime === runtime && killed.nodes === nodes) return;
  const { removeNodeLeftovers } = await import("./leftovers.ts");
  await removeNodeLeftovers(dataDir, [killed.runtime], killed.criSocket);
}

function announce(cluster: Cluster, ms: number): void {
  console.log(
    `API ready in ${(ms / 1000).toFixed(2)} s: https://127.0.0.1:${cluster.httpsPort}, gRPC 127.0.0.1:${cluster.grpcPort}`,
  );
  console.log(`next: typectl --kubeconfig ${cluster.kubeconfig} get nodes`);
}
