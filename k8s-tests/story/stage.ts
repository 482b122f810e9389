import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connectFromKubeconfig, createClient, type Transport } from "../../clients/sdk/index.ts";
import { freePort } from "../support/ports.ts";
import { BackgroundProgram, mustRun, programPath, startMsMax } from "../support/program.ts";
import { traces } from "../support/traces.ts";

/** How the cluster of a story runs. */
export interface StageOptions {
  runtime: "process" | "docker";
  /** Each service in a process of its own, on this etcd. */
  separate?: { etcd: string };
  nodes: number;
}

/** A running cluster for a story, with the means to talk to it. */
export class Stage {
  readonly options: StageOptions;
  readonly dataDir: string;
  readonly #program: BackgroundProgram;
  #kernelPrefix = "";
  #transport: Transport | undefined;
  #client: Client | undefined;

  private constructor(options: StageOptions, dataDir: string, program: BackgroundProgram) {
    this.options = options;
    this.dataDir = dataDir;
    this.#program = program;
  }

  /** Starts `typernetes up` and waits until the cluster is complete. */
  static async start(options: StageOptions): Promise<Stage> {
    const dataDir = mkdtempSync(join(tmpdir(), "typernetes-story-"));
    const [httpsPort, grpcPort] = [await freePort(), await freePort()];
    const args = [
      "up",
      "--data-dir",
      dataDir,
      "--nodes",
      String(options.nodes),
      "--runtime",
      options.runtime,
      "--host-images",
    ];
    args.push("--https-port", String(httpsPort), "--grpc-port", String(grpcPort));
    if (options.separate) args.push("--separate", "--store", options.separate.etcd);
    const program = new BackgroundProgram(programPath("typernetes"), args);
    const stage = new Stage(options, dataDir, program);
    try {
      await program.printed("cluster complete", startMsMax);
      const { kernelPrefix } = JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8"));
      stage.#kernelPrefix = kernelPrefix;
      stage.#transport = await connectFromKubeconfig(stage.kubeconfig);
      stage.#client = createClient(stage.#transport);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  get kubeconfig(): string {
    return join(this.dataDir, "kubeconfig");
  }

  get client(): Client {
    if (!this.#client) throw new Error("the cluster does not run");
    return this.#client;
  }

  /** The process id of the program that runs the cluster. */
  get pid(): number {
    return this.#program.pid;
  }

  /** What the program has printed. */
  get output(): string {
    return this.#program.output;
  }

  /** Runs `typectl` against the cluster. @throws Error when it fails. */
  typectl(args: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<string> {
    return mustRun(programPath("typectl"), ["--kubeconfig", this.kubeconfig, ...args], options);
  }

  /** Stops the cluster and removes its data; answers what it left behind. */
  async stop(): Promise<string[]> {
    await this.#transport?.close();
    await this.#program.stop();
    // A cluster that did not start has told no prefix: then every name of the kind counts.
    const left = traces({ dataDir: this.dataDir, kernelPrefix: this.#kernelPrefix || "tn" });
    rmSync(this.dataDir, { recursive: true, force: true });
    return left;
  }
}
