import { makeTestNode } from "./runtimes/process/test-node.ts";
import type { TestMachine } from "./test-kubelet.ts";

/** A machine of real processes, whose every image is its own root. Needs root. */
export async function processMachine(): Promise<TestMachine> {
  const node = await makeTestNode("kubelet");
  return { place: node.place, open: () => node.open({ hostImages: true }), dispose: () => node.dispose() };
}
