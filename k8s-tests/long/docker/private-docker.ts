import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackgroundProgram, mustRun, runProgram } from "../../support/program.ts";
import { readProc } from "../../support/traces.ts";
import { waitFor } from "../../support/wait.ts";

/** Whatever is not on the machine is out of reach. */
const nowhere = "http://127.0.0.1:1";

/** A Docker daemon of the test's own, with everything that it keeps in one directory and without networks. */
export class PrivateDocker {
  readonly directory = mkdtempSync(join(tmpdir(), "typernetes-docker-"));
  readonly socketPath = join(this.directory, "docker.sock");
  /** Where images and containers lie. */
  readonly data = join(this.directory, "data");
  readonly #flags: readonly string[];
  readonly #diskMebibytes: number | undefined;
  #program: BackgroundProgram | undefined;

  /** `diskMebibytes` is the size of the disk for its data; that of the machine when absent. */
  constructor(flags: readonly string[] = [], diskMebibytes?: number) {
    this.#flags = flags;
    this.#diskMebibytes = diskMebibytes;
  }

  /** Programs that are started from now on, clusters among them, use this daemon. */
  async start(): Promise<void> {
    process.env["DOCKER_HOST"] = `unix://${this.socketPath}`;
    if (!existsSync(this.data)) await this.#prepare();
    const args = [
      ...["--config-file", join(this.directory, "daemon.json"), "--host", `unix://${this.socketPath}`],
      ...["--data-root", this.data, "--exec-root", join(this.directory, "exec")],
      ...["--pidfile", join(this.directory, "docker.pid"), "--bridge", "none"],
      ...["--iptables=false", "--ip-forward=false", "--ip-masq=false", ...this.#flags],
    ];
    const env = { ...process.env, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
    this.#program = new BackgroundProgram("dockerd", args, env);
    const answers = () => this.docker("version", "--format", "{{.Server.Version}}").catch(() => undefined);
    await waitFor("Docker answers", answers).catch((error) => {
      throw new Error(`Docker does not answer:\n${this.#program?.output.slice(-4_000)}`, { cause: error });
    });
  }

  /** Kills the daemon; what it runs may run on. Resolves when its containerd, which ends with it, has gone, too. */
  async kill(): Promise<void> {
    const pidFile = join(this.directory, "exec/containerd/containerd.pid");
    const pid = readFileSync(pidFile, "utf8").trim();
    await this.#program?.killed();
    await waitFor("containerd has gone", async () => !readProc(pid, "cmdline").includes(this.directory));
    // Until somebody has asked how it ended it counts as alive, and the next daemon would wait for it in vain.
    rmSync(pidFile, { force: true });
  }

  /** Runs the program `docker` against it. @throws Error when that fails. */
  docker(...args: string[]): Promise<string> {
    return mustRun("docker", args);
  }

  /** Ends it, with all that is left on it. */
  async stop(): Promise<void> {
    const { stdout } = await runProgram("docker", ["ps", "-aq"]);
    const left = stdout.split("\n").filter((id) => id !== "");
    if (left.length > 0) await runProgram("docker", ["rm", "-f", ...left]);
    await this.#program?.stop();
    delete process.env["DOCKER_HOST"];
    for (const pid of this.#leftProcesses()) process.kill(pid, "SIGKILL");
    for (const path of this.#mounts().reverse()) await runProgram("umount", ["-l", path]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    mkdirSync(this.data);
    writeFileSync(join(this.directory, "daemon.json"), "{}");
    if (this.#diskMebibytes === undefined) return;
    await mustRun("mount", ["-t", "tmpfs", "-o", `size=${this.#diskMebibytes}m`, "tmpfs", this.data]);
  }

  /** Containers, and who looks after them, that a daemon has left which never came back. */
  #leftProcesses(): number[] {
    const shims = readdirSync("/proc").filter(
      (pid) => /^\d+$/.test(pid) && readProc(pid, "cmdline").includes(this.directory),
    );
    const children = shims.flatMap((pid) => readProc(pid, `task/${pid}/children`).split(" "));
    return [...shims, ...children].map(Number).filter((pid) => pid > 1 && pid !== process.pid);
  }

  #mounts(): string[] {
    const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
    return lines.map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(`${this.directory}/`));
  }
}
