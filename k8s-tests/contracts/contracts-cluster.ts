import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connectFromKubeconfig, createClient, type Transport } from "../../clients/sdk/index.ts";
import { freePort } from "../support/ports.ts";
import { BackgroundProgram, programPath, startMsMax } from "../support/program.ts";

/** A cluster without nodes: its API and its controllers. */
export interface ContractsCluster {
  readonly client: Client;
  readonly transport: Transport;
  readonly kubeconfig: string;
  readonly grpcPort: number;
  stop(): Promise<void>;
}

/** Starts `typernetes up` without nodes and waits until it is complete. */
export async function startContractsCluster(): Promise<ContractsCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "typernetes-contracts-"));
  const [httpsPort, grpcPort] = [await freePort(), await freePort()];
  const ports = ["--https-port", String(httpsPort), "--grpc-port", String(grpcPort)];
  const args = ["up", "--data-dir", dataDir, ...ports, "--without", "scheduler,kubelet,proxy"];
  const program = new BackgroundProgram(programPath("typernetes"), args);
  let transport: Transport | undefined;
  const stop = async () => {
    await transport?.close();
    await program.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await program.printed("cluster complete", startMsMax);
    const kubeconfig = join(dataDir, "kubeconfig");
    transport = await connectFromKubeconfig(kubeconfig);
    return { client: createClient(transport), transport, kubeconfig, grpcPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
