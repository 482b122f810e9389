import { chmod, chown, mkdir } from "node:fs/promises";
import { totalmem } from "node:os";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { EmptyDirVolumeSource } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import { ConfigError } from "../env/config-error.ts";
import { CommandError, runCommand } from "../network/command.ts";
import { podLimits } from "../pods/resource-limits.ts";
import { isMounted } from "../runtimes/process/mount-info.ts";

/** Makes an empty folder that every user may write to, on disk or in memory; leaves one that is there as it is. */
export async function makeEmptyDir(path: string, pod: Pod, source: EmptyDirVolumeSource): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  const isMemory = source.medium === "Memory";
  if (isMemory && isMounted(path)) return;
  if (isMemory) await mountMemory(path, memorySize(pod, source));
  else if (made === undefined) return;
  const group = pod.spec?.securityContext?.fsGroup;
  if (group !== undefined) await chown(path, -1, group);
  await chmod(path, group === undefined ? 0o777 : 0o2777);
}

/** The smallest of what the volume, the pod and the machine allow. */
function memorySize(pod: Pod, { sizeLimit }: EmptyDirVolumeSource): number {
  const limit = quantityValue(sizeLimit ?? "0") || Number.POSITIVE_INFINITY;
  return Math.min(limit, podLimits(pod).memoryLimitBytes ?? Number.POSITIVE_INFINITY, totalmem());
}

async function mountMemory(path: string, bytes: number): Promise<void> {
  try {
    await runCommand(["mount", "-t", "tmpfs", "-o", `size=${bytes},nodev,nosuid`, "tmpfs", path]);
  } catch (error) {
    if (error instanceof CommandError) throw new ConfigError(`mount failed: ${error.stderr.trim()}`, { cause: error });
    throw error;
  }
}
