import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Client, connectFromKubeconfig, createClient, type Pod } from "../../clients/sdk/index.ts";
import { freePort } from "../support/ports.ts";
import { BackgroundProgram, programPath, runProgram, startMsMax } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";
import { remainsOf } from "./remains.ts";

/** A data directory with the clusters that a test starts in it, one after the other; everything goes when the test ends. */
export class Place {
  readonly dataDir = mkdtempSync(join(tmpdir(), "typernetes-up-"));
  readonly #closing: (() => Promise<void>)[] = [];
  httpsPort = 0;
  grpcPort = 0;

  static async make(context: TestContext): Promise<Place> {
    const place = new Place();
    context.after(() => place.#remove());
    [place.httpsPort, place.grpcPort] = [await freePort(), await freePort()];
    return place;
  }

  /** The arguments of `up` in this place. */
  up(...flags: string[]): string[] {
    const ports = ["--https-port", String(this.httpsPort), "--grpc-port", String(this.grpcPort)];
    return ["up", "--data-dir", this.dataDir, ...ports, ...flags];
  }

  /** Runs `up` until the cluster is complete. */
  async start(...flags: string[]): Promise<BackgroundProgram> {
    const program = new BackgroundProgram(programPath("typernetes"), this.up(...flags));
    this.#closing.push(() => program.stop());
    await program.printed("cluster complete", startMsMax);
    return program;
  }

  /** Runs the program to its end. */
  run(...args: string[]) {
    return runProgram(programPath("typernetes"), args);
  }

  down() {
    return this.run("down", "--data-dir", this.dataDir);
  }

  async connect(): Promise<Client> {
    const kubeconfig = join(this.dataDir, "kubeconfig");
    const transport = await waitFor("the kubeconfig is there", () => connectFromKubeconfig(kubeconfig));
    this.#closing.push(() => transport.close());
    return createClient(transport);
  }

  /** What clusters of this place have left on the machine. */
  left(): string[] {
    return remainsOf(this.dataDir);
  }

  async #remove(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    if (this.left().length > 0) await this.down();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Runs a pod that sleeps, for its grace period also when it is to end; answers it as it is when it runs. */
export async function runSleeper(client: Client, terminationGracePeriodSeconds = 1): Promise<Pod> {
  const metadata = { name: "sleeper", namespace: "default" };
  const containers = [{ name: "main", image: "host", command: ["sleep", "1000"] }];
  await waitFor("the service account is there", () =>
    client.core.v1.serviceaccounts.get("default", { namespace: "default" }),
  );
  await client.core.v1.pods.create({ metadata, spec: { containers, terminationGracePeriodSeconds } });
  return waitFor("the pod runs", async () => {
    const pod = await client.core.v1.pods.get("sleeper", { namespace: "default" });
    return pod.status?.phase === "Running" && pod;
  });
}
