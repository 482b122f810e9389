import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBridgeNetwork } from "../../network/bridge-network.ts";
import { findFreeRange } from "../../network/free-range.ts";
import type { NodePlace } from "../../network/pod-network.ts";
import { createProcessRuntime, type ProcessRuntime, type ProcessRuntimeOptions } from "./process-runtime.ts";

/** A node for tests, in the machine's own network. */
export interface TestNode {
  dir: string;
  stateDir: string;
  place: NodePlace;
  open(changes?: Partial<ProcessRuntimeOptions>): Promise<ProcessRuntime>;
  /** Removes network and files; sandboxes must be gone. */
  dispose(): Promise<void>;
}

/** Makes a node with a range of pod addresses that nothing on this machine uses. */
export async function makeTestNode(name: string): Promise<TestNode> {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  const ranges = Array.from({ length: 20 }, () => `10.${randomInt(100, 200)}.${randomInt(250)}.0/24`);
  const podCIDR = await findFreeRange(ranges);
  return testNodeAt(dir, podCIDR);
}

/** The node that `makeTestNode` made, seen from another process. */
export function testNodeAt(dir: string, podCIDR: string): TestNode {
  const place = { internalIP: podCIDR.replace(/0\/24$/, "1"), podCIDR };
  const stateDir = join(dir, "runtime");
  const openNetwork = () =>
    createBridgeNetwork({ place, nodeName: "node", stateDir: join(dir, "network"), cluster: dir });
  return {
    dir,
    stateDir,
    place,
    open: async (changes) => {
      const network = await openNetwork();
      const options = { stateDir, nodeName: "node", network, place, hostImages: false, dataDir: dir };
      return createProcessRuntime({ ...options, ...changes });
    },
    dispose: async () => {
      await (await openNetwork()).remove();
      rmSync(dir, { recursive: true });
    },
  };
}
