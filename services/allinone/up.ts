import { mkdirSync } from "node:fs";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import type { UpOptions } from "./options.ts";
import { removeRunFile, writeRunFile } from "./run-file.ts";

/** Runs a cluster in the foreground until the process is told to end; prints how to reach it. */
export async function up(options: UpOptions): Promise<void> {
  const start = performance.now();
  const asked = stopSignal().then(() => undefined);
  mkdirSync(options.dataDir, { recursive: true });
  const cluster = await startCluster(options);
  writeRunFile(options.dataDir, { runtime: cluster.runtime, nodes: options.nodes });
  announce(cluster, performance.now() - start);
  const failed = cluster.complete.then(
    () => {
      for (const line of cluster.limitations) console.log(`note: ${line}`);
      console.log(`cluster complete in ${((performance.now() - start) / 1000).toFixed(2)} s`);
      return new Promise<never>(() => {});
    },
    (error: unknown) => error,
  );
  const failure = await Promise.race([asked, failed]);
  await cluster.stop();
  removeRunFile(options.dataDir);
  if (failure) throw failure;
}

function announce(cluster: Cluster, ms: number): void {
  console.log(
    `API ready in ${(ms / 1000).toFixed(2)} s: https://127.0.0.1:${cluster.httpsPort}, gRPC 127.0.0.1:${cluster.grpcPort}`,
  );
  console.log(`next: typectl --kubeconfig ${cluster.kubeconfig} get nodes`);
}
