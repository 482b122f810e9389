import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** All containers of a pod: those that initialise it, its own, and those that visit it. */
export function containersOf({ spec = {} }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

/** Whether an init container is a sidecar: the next need not wait for its end, and it runs as long as the pod. */
export function isSidecar(initContainer: Container): boolean {
  return initContainer.restartPolicy === "Always";
}

/** The pod's sidecars, in the order of their start. */
export function sidecarsOf({ spec = {} }: Pod): Container[] {
  return (spec.initContainers ?? []).filter(isSidecar);
}
