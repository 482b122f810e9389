import { chmod, chown, mkdir } from "node:fs/promises";
import { totalmem } from "node:os";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { EmptyDirVolumeSource } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { quantityValue } from "../../../lib/base/quantity.ts";
import { ConfigError } from "../env/config-error.ts";
import { CommandError, runCommand } from "../network/command.ts";
import { containersOf } from "../pods/pod-containers.ts";
import { podLimits } from "../pods/resource-limits.ts";
import { isMounted } from "../runtimes/process/mount-info.ts";

const hugePages = "HugePages";
const resourcePrefix = "hugepages-";

/** Makes an empty folder that every user may write to, on disk, in memory or in huge pages; leaves one that is there as it is. */
export async function makeEmptyDir(path: string, pod: Pod, source: EmptyDirVolumeSource): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  const { medium = "" } = source;
  if (medium !== "" && isMounted(path)) return;
  if (medium === "Memory") await mount("tmpfs", `size=${memorySize(pod, source)},nodev,nosuid`, path);
  else if (medium.startsWith(hugePages)) await mount("hugetlbfs", `pagesize=${pageSize(pod, medium)}`, path);
  else if (made === undefined) return;
  const group = pod.spec?.securityContext?.fsGroup;
  if (group !== undefined) await chown(path, -1, group);
  await chmod(path, group === undefined ? 0o777 : 0o2777);
}

/** As the kernel writes it: `2M` for `2Mi`. @throws ConfigError when neither the medium nor the pod names exactly one. */
function pageSize(pod: Pod, medium: string): string {
  const named = medium.slice(hugePages.length + 1);
  if (named) return named.replace(/i$/, "");
  const requests = containersOf(pod).flatMap(({ resources = {} }) => Object.keys(resources.requests ?? {}));
  const sizes = new Set(requests.filter((name) => name.startsWith(resourcePrefix)));
  const [size] = sizes;
  if (size === undefined)
    throw new ConfigError("page sizes for the pod: hugepages storage requested, but no huge pages");
  if (sizes.size > 1)
    throw new ConfigError("medium: HugePages can be used only if container requests a single size of huge pages");
  return size.slice(resourcePrefix.length).replace(/i$/, "");
}

/** The smallest of what the volume, the pod and the machine allow. */
function memorySize(pod: Pod, { sizeLimit }: EmptyDirVolumeSource): number {
  const limit = quantityValue(sizeLimit ?? "0") || Number.POSITIVE_INFINITY;
  return Math.min(limit, podLimits(pod).memoryLimitBytes ?? Number.POSITIVE_INFINITY, totalmem());
}

async function mount(type: string, options: string, path: string): Promise<void> {
  try {
    await runCommand(["mount", "-t", type, "-o", options, type, path]);
  } catch (error) {
    if (error instanceof CommandError) throw new ConfigError(`mount failed: ${error.stderr.trim()}`, { cause: error });
    throw error;
  }
}
