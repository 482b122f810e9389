import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { buildPauseProgram } from "../docker/pause-program.ts";
import { buildTar } from "../docker/tar-archive.ts";
import { busyboxLayer } from "../test-busybox.ts";
import { createCriClient, imageMethods, runtimeMethods } from "./cri-client.ts";

/** An image in every private containerd, made of busybox. */
export const testImage = "typernetes-test/busybox:1";
const sandboxImage = "typernetes-test/pause:1";

/** A containerd of a test's own, with everything it keeps in one directory. */
export interface TestContainerd {
  socketPath: string;
  directory: string;
  /** Ends it and starts it again; containers run on meanwhile. */
  restart(): Promise<void>;
  /** Ends it and removes its directory; its containers must be gone. */
  stop(): Promise<void>;
}

/** How long starting it may take on a busy machine. */
const startMsMax = 60_000;

/** Starts Debian's containerd with its CNI plugins; its images are made here, as there is no registry. */
export async function startTestContainerd(): Promise<TestContainerd> {
  const directory = await mkdtemp(join(tmpdir(), "typernetes-containerd-"));
  const socketPath = join(directory, "containerd.sock");
  await writeFile(join(directory, "config.toml"), configuration(directory, socketPath));
  const log = await open(join(directory, "log"), "w");
  const run = () =>
    spawn("containerd", ["--config", join(directory, "config.toml")], { stdio: ["ignore", log.fd, log.fd] });
  let child = run();
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  };
  const restart = async () => {
    await end();
    child = run();
    await untilAnswering(socketPath);
  };
  const stop = async () => {
    await end();
    await log.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    await untilAnswering(socketPath);
    const pause = buildTar([{ path: "pause", mode: 0o755, content: buildPauseProgram(architecture()) }]);
    await importImage(directory, sandboxImage, pause, { Entrypoint: ["/pause"] });
    await importImage(directory, testImage, await busyboxLayer(), { Cmd: ["/bin/sh"], Env: ["PATH=/bin"] });
    await untilKnown(socketPath, [sandboxImage, testImage]);
  } catch (error) {
    const said = await readFile(join(directory, "log"), "utf8");
    await stop();
    throw new Error(`no containerd: ${said.slice(-2000)}`, { cause: error });
  }
  return { socketPath, directory, restart, stop };
}

/** Negative scores for the killer of processes need a right that not every machine gives. */
function configuration(directory: string, socketPath: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
[grpc]
  address = "${socketPath}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "${sandboxImage}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${directory}/cni"
`;
}

async function untilAnswering(socketPath: string): Promise<void> {
  const client = createCriClient(socketPath);
  const deadline = systemClock.monotonic() + startMsMax;
  try {
    for (;;) {
      const problem = await client.runtime(runtimeMethods.version, {}).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (problem === undefined) return;
      if (systemClock.monotonic() > deadline) throw problem;
      await systemClock.sleep(50);
    }
  } finally {
    await client.close();
  }
}

/** The part that speaks CRI hears of imported images by an event. */
async function untilKnown(socketPath: string, images: string[]): Promise<void> {
  const client = createCriClient(socketPath);
  const deadline = systemClock.monotonic() + startMsMax;
  try {
    for (const image of images) {
      while (!(await client.image(imageMethods.imageStatus, { image: { image } })).image) {
        if (systemClock.monotonic() > deadline) throw new Error(`${image} was imported in vain`);
        await systemClock.sleep(20);
      }
    }
  } finally {
    await client.close();
  }
}

/** Puts an image of one layer into a private containerd; `config` as in an image's configuration. */
async function importImage(directory: string, name: string, layer: Buffer, config: object): Promise<void> {
  const rootfs = { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] };
  const manifest = [{ Config: "config.json", RepoTags: [`docker.io/${name}`], Layers: ["layer.tar"] }];
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const archive = buildTar([
    { path: "config.json", mode: 0o644, content: json({ architecture: architecture(), os: "linux", config, rootfs }) },
    { path: "layer.tar", mode: 0o644, content: layer },
    { path: "manifest.json", mode: 0o644, content: json(manifest) },
  ]);
  const file = join(directory, "image.tar");
  await writeFile(file, archive);
  await runCommand(["ctr", "--address", join(directory, "containerd.sock"), "-n", "k8s.io", "images", "import", file], {
    timeoutMs: startMsMax,
  });
  await rm(file);
}

function architecture(): "amd64" | "arm64" {
  return process.arch === "arm64" ? "arm64" : "amd64";
}
