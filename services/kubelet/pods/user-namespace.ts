import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PodPass } from "../hooks/hook.ts";
import { RuntimeError, type UserNamespace } from "../runtimes/runtime.ts";

/** As many users as a pod has; as in Kubernetes. */
const length = 65_536;
/** Users of the machine, and those that are set aside for its users' own containers, lie below. */
const firstSlot = 256;
const slotsEnd = 65_535;
const fileName = "userns";

/**
 * Which users of the machine stand for the pod's own, of which no two pods share any: the same as long as the pod is on the
 * node. Undefined when the pod has the machine's. @throws RuntimeError where the runtime has no way to do that.
 */
export function userNamespaceOf({ pod, node, directory }: PodPass): UserNamespace | undefined {
  if (pod.spec?.hostUsers !== false) return undefined;
  if (!node.runtime.mapsUsers) {
    const handler = JSON.stringify(pod.spec.runtimeClassName ?? "");
    throw new RuntimeError("InvalidConfig", `RuntimeClass handler ${handler} does not support user namespaces`);
  }
  const known = slotOf(directory);
  if (known !== undefined) return { hostId: known * length, length };
  const pods = dirname(directory);
  const taken = new Set(readdirSync(pods).map((uid) => slotOf(join(pods, uid))));
  let slot = firstSlot + Math.floor(node.random() * (slotsEnd - firstSlot));
  while (taken.has(slot)) slot = slot + 1 < slotsEnd ? slot + 1 : firstSlot;
  writeFileSync(join(directory, fileName), String(slot));
  return { hostId: slot * length, length };
}

function slotOf(directory: string): number | undefined {
  try {
    return Number(readFileSync(join(directory, fileName), "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
