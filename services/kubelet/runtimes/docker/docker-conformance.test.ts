import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { createBridgeNetwork } from "../../network/bridge-network.ts";
import { findFreeRange } from "../../network/free-range.ts";
import { kernelNames } from "../../network/names.ts";
import { createNodeNamespace } from "../../network/node-namespace.ts";
import type { NodePlace } from "../../network/pod-network.ts";
import { type RuntimeUnderTest, runtimeConformance } from "../conformance.ts";
import { createDockerRuntime } from "./docker-runtime.ts";
import { removeEverything } from "./remove-everything.ts";
import { ensureTestImage } from "./test-image.ts";
import { withoutDocker } from "./test-runtime.ts";

interface Place {
  place: NodePlace;
  remove(): Promise<void>;
}

/** A node in the machine's own network. */
async function onTheMachine(): Promise<Place> {
  const podCIDR = await findFreeRange(ranges(201).map((range) => range.replace(".0.0/16", `.${randomInt(250)}.0/24`)));
  return { place: { internalIP: "127.0.0.1", podCIDR }, remove: async () => {} };
}

/** A node in a network namespace of its own. */
async function inANamespace(cluster: string): Promise<Place> {
  const nodeCIDR = await findFreeRange(ranges(221));
  const clusterCIDR = await findFreeRange(ranges(241));
  const place = await createNodeNamespace({ cluster, name: "node-1", index: 1, nodeCIDR, clusterCIDR });
  return { place, remove: () => place.remove() };
}

/** Others that are made at the same time begin elsewhere. */
function ranges(from: number): string[] {
  const first = randomInt(10);
  return Array.from({ length: 10 }, (_, index) => `10.${from + ((first + index) % 10)}.0.0/16`);
}

async function setUp(makePlace: (cluster: string) => Promise<Place>): Promise<RuntimeUnderTest> {
  const image = await ensureTestImage();
  const cluster = `conformance-${randomBytes(4).toString("hex")}`;
  const stateDir = await mkdtemp(join(tmpdir(), "typernetes-docker-"));
  const { place, remove } = await makePlace(cluster);
  const connect = () => createBridgeNetwork({ place, nodeName: "node-1", stateDir, cluster });
  return {
    place,
    image,
    serve: (port, answer) => ["nc", "-ll", "-p", String(port), "-e", "echo", "-n", answer],
    marks: [cluster, kernelNames(cluster).prefix],
    open: async () =>
      createDockerRuntime({ nodeName: "node-1", cluster, network: await connect(), place, clock: systemClock }),
    dispose: async () => {
      await removeEverything({ cluster, clock: systemClock });
      await (await connect()).remove();
      await remove();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

describe("conformance", { skip: withoutDocker, timeout: 1_800_000 }, () => {
  describe("in the machine's network", () => runtimeConformance("docker", () => setUp(onTheMachine)));
  describe("in a namespace", () => runtimeConformance("docker in a namespace", () => setUp(inANamespace)));
});
