import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Dockerode from "dockerode";
import { systemClock } from "../lib/base/clock.ts";
import { createBridgeNetwork } from "../services/kubelet/network/bridge-network.ts";
import { findFreeRange } from "../services/kubelet/network/free-range.ts";
import { defaultSocketPath } from "../services/kubelet/runtimes/docker/docker-client.ts";
import { createDockerRuntime } from "../services/kubelet/runtimes/docker/docker-runtime.ts";
import { removeEverything } from "../services/kubelet/runtimes/docker/remove-everything.ts";
import { containerConfig, sandboxConfig } from "../services/kubelet/runtimes/docker/test-config.ts";
import { ensureTestImage, removeTestImage } from "../services/kubelet/runtimes/docker/test-image.ts";
import { type Figure, median, record } from "./support/record.ts";

/*
 * How long a pod takes to start on Docker (sandbox, network and one container), against two bare starts of the same image
 * as `docker run -d` does them, taken in turns. Usage: docker-start.ts [rounds] [at once]
 */
if (!existsSync(defaultSocketPath)) {
  console.log(`not measured: no Docker daemon at ${defaultSocketPath}`);
  process.exit();
}
const rounds = Number(process.argv[2] ?? 15);
const atOnce = Number(process.argv[3] ?? 20);
const command = ["sleep", "1000"];

const cluster = `bench-${randomBytes(4).toString("hex")}`;
const stateDir = await mkdtemp(join(tmpdir(), "typernetes-bench-"));
const image = await ensureTestImage();
const docker = new Dockerode({ socketPath: defaultSocketPath });
const podCIDR = await findFreeRange(Array.from({ length: 20 }, (_, index) => `10.${180 + index}.0.0/24`));
const place = { internalIP: "127.0.0.1", podCIDR };
const network = await createBridgeNetwork({ place, nodeName: "bench", stateDir, cluster });
const runtime = createDockerRuntime({ nodeName: "bench", cluster, network, place, clock: systemClock });

async function startPod(): Promise<void> {
  const sandbox = await runtime.runSandbox(sandboxConfig());
  await runtime.startContainer(await runtime.createContainer(sandbox, containerConfig("", { command })));
}

async function bareStart(): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: command,
    Labels: { "io.typernetes.cluster": cluster },
  });
  await container.start();
}

async function twoBareStarts(): Promise<void> {
  await bareStart();
  await bareStart();
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  const took = performance.now() - startedAt;
  await clear();
  return took;
}

/** Sandboxes through the runtime, so that their network goes too. */
async function clear(): Promise<void> {
  await Promise.all((await runtime.listSandboxes()).map(({ id }) => runtime.removeSandbox(id)));
  await removeEverything({ cluster, clock: systemClock });
}

function times(count: number, work: () => Promise<void>): () => Promise<unknown> {
  return () => Promise.all(Array.from({ length: count }, work));
}

/** A pod's start against two bare starts, in turns. */
async function compare(what: string, repeat: number, count: number): Promise<Figure[]> {
  const pods: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < repeat; round++) {
    pods.push(await millisecondsOf(times(count, startPod)));
    bare.push(await millisecondsOf(times(count, twoBareStarts)));
  }
  const peer = { what: "two bare starts", value: median(bare) };
  const value = median(pods);
  return [
    { what, value, unit: "ms", peer },
    { what: `${what}, against two bare starts`, value: value / peer.value, unit: "times", goal: 1.5 },
  ];
}

try {
  const problem = await runtime.problem();
  if (problem) throw new Error(problem);
  record("docker-start", [
    ...(await compare("pod start on Docker, one at a time", rounds, 1)),
    ...(await compare(`pod start on Docker, ${atOnce} at once`, 3, atOnce)),
  ]);
} finally {
  await clear();
  await runtime.close();
  await network.remove();
  await removeTestImage();
  await rm(stateDir, { recursive: true, force: true });
}
