import type { Container, Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { defaultPod } from "../pod/defaults.ts";

/** A sound pod with its defaults, but for what is given. */
export function newPod(spec: PodSpec = {}, metadata: Pod["metadata"] = {}): Pod {
  const pod: Pod = {
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: { containers: [{ name: "main", image: "nginx:1.25" }], ...spec },
  };
  defaultPod(pod);
  return pod;
}

/** As `newPod`, with one container. */
export function podWithContainer(container: Container, rest: PodSpec = {}): Pod {
  return newPod({ containers: [{ name: "main", image: "nginx", ...container }], ...rest });
}
