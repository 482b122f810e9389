import type { Container, ContainerStatus, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";

const resizable = ["cpu", "memory"] as const;

/** With which resources one pod's containers run now, by the runtime's id: what the pod asks for may be newer. */
export class AppliedSizes {
  readonly #applied = new Map<string, ResourceRequirements>();

  set(containerId: string, resources: ResourceRequirements | undefined): void {
    this.#applied.set(containerId, resources ?? {});
  }

  /** `known`: the container's status at the server, which remembers what an earlier kubelet did. */
  get(containerId: string, known: ContainerStatus | undefined): ResourceRequirements | undefined {
    const own = this.#applied.get(containerId);
    if (own) return own;
    return known?.containerID?.endsWith(`//${containerId}`) ? known.resources : undefined;
  }

  /** Which resources a container runs with otherwise than asked for; none when that is not known. */
  changes(containerId: string, container: Container, known: ContainerStatus | undefined): string[] {
    const applied = this.get(containerId, known);
    if (!applied) return [];
    return sizeChanges(applied, container.resources ?? {});
  }
}

/** Which of the resources that a running container can be given differ. */
export function sizeChanges(before: ResourceRequirements, after: ResourceRequirements): string[] {
  return resizable.filter((name) => !isSame(name, before, after));
}

function isSame(name: (typeof resizable)[number], left: ResourceRequirements, right: ResourceRequirements): boolean {
  return (["requests", "limits"] as const).every((field) => {
    const [before = "0", after = "0"] = [left[field]?.[name], right[field]?.[name]];
    return quantityMilliValue(before) === quantityMilliValue(after);
  });
}
