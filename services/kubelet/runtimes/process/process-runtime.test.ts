import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBridgeNetwork } from "../../network/bridge-network.ts";
import { findFreeRange } from "../../network/free-range.ts";
import { kernelNames } from "../../network/names.ts";
import type { NodePlace } from "../../network/pod-network.ts";
import { runtimeConformance } from "../conformance.ts";
import { createProcessRuntime } from "./process-runtime.ts";

const SERVER = "require('net').createServer((s) => s.end(process.argv[2])).listen(Number(process.argv[1]))";

runtimeConformance("process", async () => {
  const dir = mkdtempSync(join(tmpdir(), "process-runtime-"));
  const podCIDR = await findFreeRange(
    Array.from({ length: 20 }, () => `10.${randomInt(100, 200)}.${randomInt(250)}.0/24`),
  );
  const place: NodePlace = { internalIP: podCIDR.replace(/0\/24$/, "1"), podCIDR };
  const stateDir = join(dir, "runtime");
  const networkOptions = { place, nodeName: "node", stateDir: join(dir, "network"), cluster: dir };
  return {
    open: async () => {
      const network = await createBridgeNetwork(networkOptions);
      return createProcessRuntime({ stateDir, nodeName: "node", network, place, hostImages: false, dataDir: dir });
    },
    dispose: async () => {
      await (await createBridgeNetwork(networkOptions)).remove();
      rmSync(dir, { recursive: true });
    },
    place,
    image: "host",
    serve: (port, answer) => [process.execPath, "-e", SERVER, String(port), answer],
    marks: [dir, kernelNames(dir).prefix, kernelNames(stateDir).prefix],
  };
});
