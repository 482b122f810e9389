import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connectFromKubeconfig, createClient, type Transport } from "../../clients/sdk/index.ts";
import { BackgroundProgram, type Ended, mustRun, programPath, runProgram, startMsMax } from "./program.ts";

const kubectlPath = process.env["KUBECTL"] ?? "kubectl";

/** A cluster in one process, for the tests of one file, and what reaches it. Everything goes with it. */
export class Cluster {
  /** A directory for what a test makes on the node. */
  readonly home = mkdtempSync(join(tmpdir(), "typernetes-cluster-"));
  readonly dataDir = join(this.home, "data");
  readonly kubeconfig = join(this.dataDir, "kubeconfig");
  #flags: readonly string[] = [];
  #program: BackgroundProgram | undefined;
  #transport: Transport | undefined;
  #client: Client | undefined;

  get client(): Client {
    if (!this.#client) throw new Error("the cluster does not run");
    return this.#client;
  }

  /** Words of the program so far, for a test that fails. */
  get words(): string {
    return this.#program?.output ?? "";
  }

  /** Runs `typectl` against the cluster. @throws Error when it fails. */
  typectl(...args: readonly string[]): Promise<string> {
    return mustRun(programPath("typectl"), ["--kubeconfig", this.kubeconfig, ...args]);
  }

  /** Runs the real kubectl to its end, whatever that is. */
  kubectl(args: readonly string[], input = ""): Promise<Ended> {
    return runProgram(kubectlPath, args, { input, env: this.#env });
  }

  /** Starts kubectl beside the test, which stops it. */
  kubectlBeside(...args: readonly string[]): BackgroundProgram {
    return new BackgroundProgram(kubectlPath, args, this.#env);
  }

  /** Runs kubectl on a terminal, where `input` is typed; answers what was to be seen there. */
  async kubectlOnTerminal(args: readonly string[], input: string): Promise<string> {
    const line = [kubectlPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const shown = await mustRun("script", ["-qec", line, "/dev/null"], { input, env: this.#env });
    return shown.replaceAll("\r\n", "\n");
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.kubeconfig, HOME: this.home, LC_ALL: "C" };
  }

  /** Kills the program, with its kubelets, and starts it again on the same data; containers run on meanwhile. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.kill();
    await meanwhile();
    await this.up(this.#flags);
  }

  /** Kills the program; what it runs is left. */
  async kill(): Promise<void> {
    await this.#transport?.close();
    await this.#program?.killed();
  }

  /** Takes away what the program left. */
  async down(): Promise<void> {
    await mustRun(programPath("typernetes"), ["down", "--data-dir", this.dataDir]);
  }

  async stop(): Promise<void> {
    await this.#transport?.close();
    await this.#program?.stop();
    await this.down();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Starts it with these flags of `up`. */
  protected async up(flags: readonly string[]): Promise<void> {
    this.#flags = flags;
    const args = ["up", "--data-dir", this.dataDir, "--https-port", "0", "--grpc-port", "0", ...flags];
    this.#program = new BackgroundProgram(programPath("typernetes"), args);
    await this.#program.printed("cluster complete", startMsMax);
    this.#transport = await connectFromKubeconfig(this.kubeconfig);
    this.#client = createClient(this.#transport);
  }
}
