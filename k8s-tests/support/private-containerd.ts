import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBusyboxArchive } from "./busybox-image.ts";
import { BackgroundProgram, mustRun, runProgram } from "./program.ts";
import { waitFor } from "./wait.ts";

/** What sandboxes are made of: busybox that sleeps. */
const testImage = "typernetes-test/busybox:1";

/** A containerd of the test's own, with everything that it keeps in one directory. */
export class PrivateContainerd {
  readonly directory = mkdtempSync(join(tmpdir(), "typernetes-containerd-"));
  readonly socketPath = join(this.directory, "containerd.sock");
  readonly #cniDirectory = join(this.directory, "cni");
  #program: BackgroundProgram | undefined;

  async start(): Promise<void> {
    mkdirSync(this.#cniDirectory);
    const file = join(this.directory, "config.toml");
    writeFileSync(file, this.#configuration());
    this.#program = new BackgroundProgram("containerd", ["--config", file]);
    await waitFor("containerd answers", async () => (await this.#ctr("version")).code === 0);
    const archive = join(this.directory, "image.tar");
    await writeBusyboxArchive(archive, `docker.io/${testImage}`);
    await this.import(archive, testImage);
  }

  /** Ends it; its containers must be gone. */
  async stop(): Promise<void> {
    await this.#program?.stop();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20 });
  }

  /** Takes an image from an archive, in which its name is complete; resolves when the part that runs pods knows it. */
  async import(archive: string, name: string): Promise<void> {
    await mustRun("ctr", [...this.#place, "images", "import", archive]);
    const known = ["images", "ls", `name==docker.io/${name}`];
    await waitFor(`${name} is known`, async () =>
      (await this.#ctr(...known)).stdout.includes("io.cri-containerd.image"),
    );
  }

  /** Sandboxes and containers, and configurations of their network, one line each. */
  async left(): Promise<string[]> {
    const { stdout } = await this.#ctr("containers", "ls", "-q");
    const containers = stdout.split("\n").filter((line) => line !== "");
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    return [
      ...containers.map((id) => `container: ${id}`),
      ...readdirSync(this.#cniDirectory).map((name) => `network: ${name}`),
      ...mounts.filter((mount) => mount.includes(this.directory)).map((mount) => `mount: ${mount}`),
    ];
  }

  get #place(): string[] {
    return ["--address", this.socketPath, "-n", "k8s.io"];
  }

  #ctr(...args: string[]) {
    return runProgram("ctr", [...this.#place, ...args]);
  }

  /** Negative scores for the killer of processes need a right that not every machine gives. */
  #configuration(): string {
    return `version = 2
root = "${this.directory}/root"
state = "${this.directory}/state"
[grpc]
  address = "${this.socketPath}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${this.directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "${testImage}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${this.#cniDirectory}"
`;
  }
}
