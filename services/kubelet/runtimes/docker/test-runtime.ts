import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { after, type TestContext } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import type { NodePlace, PodNetwork } from "../../network/pod-network.ts";
import type { ContainerConfig, Runtime } from "../runtime.ts";
import { defaultSocketPath } from "./docker-client.ts";
import { createDockerRuntime } from "./docker-runtime.ts";
import { removeEverything } from "./remove-everything.ts";
import { ensureTestImage, removeTestImage } from "./test-image.ts";

/** Why a test that needs Docker is left out; false where it must run. */
export const withoutDocker: string | false =
  existsSync(defaultSocketPath) || process.env["CI"] ? false : `needs Docker at ${defaultSocketPath}`;

if (!withoutDocker) after(() => removeTestImage());

/** A network that only keeps books, for tests of what Docker does. */
export class BookNetwork implements PodNetwork {
  readonly connected = new Map<string, string>();
  setUps = 0;

  async setUp(sandboxId: string, netns: string) {
    this.setUps++;
    this.connected.set(sandboxId, netns);
    return { ips: ["10.99.0.2"] };
  }

  async tearDown(sandboxId: string) {
    this.connected.delete(sandboxId);
  }

  async retain(sandboxIds: ReadonlySet<string>) {
    for (const id of this.connected.keys()) if (!sandboxIds.has(id)) this.connected.delete(id);
  }

  async remove() {}
}

/** A cluster of one node for one test; everything it makes goes with the test. */
export interface TestNode {
  cluster: string;
  network: BookNetwork;
  runtime: Runtime;
  /** Another kubelet's runtime on the same node. */
  again(): Runtime;
}

export async function startTestNode(t: TestContext, place: Partial<NodePlace> = {}): Promise<TestNode> {
  await ensureTestImage();
  const cluster = `test-${randomBytes(6).toString("hex")}`;
  const network = new BookNetwork();
  const opened: Runtime[] = [];
  const again = () => {
    const runtime = createDockerRuntime({
      nodeName: "node-1",
      cluster,
      network,
      place: { internalIP: "10.99.1.1", podCIDR: "10.99.0.0/24", ...place },
      clock: systemClock,
    });
    opened.push(runtime);
    return runtime;
  };
  t.after(async () => {
    await Promise.all(opened.map((runtime) => runtime.close()));
    await removeEverything({ cluster, clock: systemClock });
  });
  return { cluster, network, runtime: again(), again };
}

/** Asks until `read` answers what is wanted. @throws when that takes too long. */
export async function eventually<T>(read: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = systemClock.monotonic() + 90_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (systemClock.monotonic() > deadline) throw new Error(`not within 90 s: ${what}`);
    await systemClock.sleep(20);
  }
}

/** Starts a container and waits for its end. */
export async function runToEnd(runtime: Runtime, sandboxId: string, config: ContainerConfig) {
  const id = await runtime.createContainer(sandboxId, config);
  await runtime.startContainer(id);
  const status = await eventually(async () => {
    const status = await runtime.containerStatus(id);
    return status.state === "Exited" ? status : undefined;
  }, `${config.name} ends`);
  return { id, status, output: await outputOf(runtime, id) };
}

/** All that a container has written, both streams together. */
export async function outputOf(runtime: Runtime, containerId: string): Promise<string> {
  const lines: Uint8Array[] = [];
  for await (const entry of runtime.logs(containerId, { follow: false })) lines.push(entry.line);
  return Buffer.concat(lines).toString();
}

/** Everything that a stream brings until its end. */
export async function textOf(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
