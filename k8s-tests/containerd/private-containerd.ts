import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { BackgroundProgram, mustRun, runProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

/** An image that every private containerd has, made of busybox; it sleeps when it is told nothing else. */
export const testImage = "typernetes-test/busybox:1";

const applets = ["sh", "sleep", "cat", "echo", "nc", "nslookup", "touch", "rm", "test", "hostname", "wget"];
const forever = "2147483647";

/** A containerd of the test's own, with everything that it keeps in one directory; it goes when the test ends. */
export class PrivateContainerd {
  readonly directory = mkdtempSync(join(tmpdir(), "typernetes-containerd-"));
  readonly socketPath = join(this.directory, "containerd.sock");
  readonly #cniDirectory = join(this.directory, "cni");

  static async start(context: TestContext): Promise<PrivateContainerd> {
    const containerd = new PrivateContainerd();
    const { directory } = containerd;
    mkdirSync(containerd.#cniDirectory);
    writeFileSync(join(directory, "config.toml"), containerd.#configuration());
    const program = new BackgroundProgram("containerd", ["--config", join(directory, "config.toml")]);
    context.after(async () => {
      await program.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    await waitFor("containerd answers", async () => (await containerd.#ctr("version")).code === 0, 60_000);
    await importTestImage(directory, containerd.socketPath);
    return containerd;
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

  #ctr(...args: string[]) {
    return runProgram("ctr", ["--address", this.socketPath, "-n", "k8s.io", ...args]);
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

/** No registry is asked: the image is an archive of Debian's static busybox. */
async function importTestImage(directory: string, socketPath: string): Promise<void> {
  const folder = join(directory, "image");
  mkdirSync(join(folder, "root/bin"), { recursive: true });
  mkdirSync(join(folder, "root/tmp"));
  copyFileSync("/bin/busybox", join(folder, "root/bin/busybox"));
  chmodSync(join(folder, "root/bin/busybox"), 0o755);
  for (const applet of applets) symlinkSync("busybox", join(folder, "root/bin", applet));
  await mustRun("tar", [
    "-c",
    "-f",
    join(folder, "layer.tar"),
    "--owner=0",
    "--group=0",
    "-C",
    join(folder, "root"),
    ".",
  ]);
  const digest = createHash("sha256")
    .update(readFileSync(join(folder, "layer.tar")))
    .digest("hex");
  const config = { Cmd: ["/bin/sleep", forever], Env: ["PATH=/bin"] };
  const rootfs = { type: "layers", diff_ids: [`sha256:${digest}`] };
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  writeFileSync(join(folder, "config.json"), JSON.stringify({ architecture, os: "linux", config, rootfs }));
  const manifest = [{ Config: "config.json", RepoTags: [`docker.io/${testImage}`], Layers: ["layer.tar"] }];
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const archive = join(directory, "image.tar");
  await mustRun("tar", ["-c", "-f", archive, "-C", folder, "config.json", "layer.tar", "manifest.json"]);
  await mustRun("ctr", ["--address", socketPath, "-n", "k8s.io", "images", "import", archive]);
}
