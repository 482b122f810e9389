import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** All containers of a pod: those that initialise it, its own, and those that visit it. */
export function containersOf({ spec = {} }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}
