import { readFileSync } from "node:fs";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { containersOf } from "./pod-containers.ts";

/** Why a pod cannot have the AppArmor profiles that it wants; undefined when it can, or wants none. */
export function appArmorProblem(pod: Pod, isEnabled = machineHasAppArmor()): string | undefined {
  const profiles = [pod.spec, ...containersOf(pod)].map((part) => part?.securityContext?.appArmorProfile?.type);
  const isWanted = profiles.some((type) => type !== undefined && type !== "Unconfined");
  return isWanted && !isEnabled ? "Cannot enforce AppArmor: AppArmor is not enabled on the host" : undefined;
}

function machineHasAppArmor(): boolean {
  try {
    return readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").startsWith("Y");
  } catch {
    return false;
  }
}
