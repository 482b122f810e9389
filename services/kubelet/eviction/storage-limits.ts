import { join } from "node:path";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { Quantity, quantityValue } from "../../../lib/base/quantity.ts";
import { diskUse } from "../disk/disk-use.ts";
import { diskBytesOf, type PodUsage } from "./pod-usage.ts";

const resource = "ephemeral-storage";

/** Whether anything of a pod's is limited on the node's disk, so that it is worth the looking. */
export function hasStorageLimits({ spec = {} }: Pod): boolean {
  const hasLimit = ({ resources }: Container) => resources?.limits?.[resource] !== undefined;
  return (spec.containers ?? []).some(hasLimit) || (spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit);
}

/** Why a pod has to go: what it takes of the disk is more than it may, in Kubernetes' words. */
export async function storageExcess(usage: PodUsage, podDirectory: string): Promise<string | undefined> {
  return (await volumeExcess(usage.pod, podDirectory)) ?? podExcess(usage) ?? containerExcess(usage);
}

async function volumeExcess({ spec }: Pod, podDirectory: string): Promise<string | undefined> {
  for (const { name = "", emptyDir } of spec?.volumes ?? []) {
    const { sizeLimit, medium } = emptyDir ?? {};
    const limit = quantityValue(sizeLimit ?? "0");
    // What lies in memory was made no larger than it may be.
    if (limit === 0 || medium === "Memory") continue;
    const { bytes } = await diskUse(join(podDirectory, "volumes", "empty-dir", name));
    if (bytes > limit) return `Usage of EmptyDir volume "${name}" exceeds the limit "${sizeLimit}". `;
  }
  return undefined;
}

/** The pod as a whole is limited to the sum of the limits there are, as in Kubernetes. */
function podExcess(usage: PodUsage): string | undefined {
  const containers = usage.pod.spec?.containers ?? [];
  const limits = containers.flatMap(({ resources }) => resources?.limits?.[resource] ?? []);
  if (limits.length === 0) return undefined;
  const total = limits.map((text) => Quantity.parse(text)).reduce((sum, limit) => sum.add(limit));
  if (diskBytesOf(usage) <= total.value()) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `;
}

function containerExcess({ pod, containers }: PodUsage): string | undefined {
  for (const { name = "", resources } of pod.spec?.containers ?? []) {
    const limit = resources?.limits?.[resource];
    const used = containers.find((container) => container.name === name)?.disk?.bytes ?? 0;
    if (limit !== undefined && used > quantityValue(limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}
