import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { findFreeRange } from "../../network/free-range.ts";
import { kernelNames } from "../../network/names.ts";
import { type RuntimeUnderTest, runtimeConformance } from "../conformance.ts";
import { createCriRuntime } from "./cri-runtime.ts";
import { removeEverything } from "./remove-everything.ts";
import { startTestContainerd, testImage } from "./test-containerd.ts";

const skip = existsSync("/usr/bin/containerd") || process.env["CI"] ? false : "needs containerd";

async function setUp(): Promise<RuntimeUnderTest> {
  const containerd = await startTestContainerd();
  const cluster = `conformance-${randomBytes(4).toString("hex")}`;
  const stateDir = await mkdtemp(join(tmpdir(), "typernetes-cri-"));
  const podCIDR = await findFreeRange(
    Array.from({ length: 10 }, (_, index) => `10.${211 + index}.${randomInt(250)}.0/24`),
  );
  const place = { internalIP: "127.0.0.1", podCIDR };
  const { socketPath } = containerd;
  return {
    place,
    image: testImage,
    serve: (port, answer) => ["nc", "-ll", "-p", String(port), "-e", "echo", "-n", answer],
    lastCommand: "sleep 3",
    marks: [cluster, kernelNames(cluster).prefix, containerd.directory, stateDir],
    open: () =>
      createCriRuntime({
        ...{ socketPath, nodeName: "node-1", cluster, place, clusterCIDR: podCIDR, stateDir, clock: systemClock },
      }),
    dispose: async () => {
      await removeEverything({ cluster, socketPath });
      await containerd.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

describe("conformance", { skip, timeout: 900_000 }, () => runtimeConformance("cri", setUp));
