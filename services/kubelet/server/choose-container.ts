import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { containersOf } from "../pods/pod-containers.ts";

const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

/** The container that a request means: the one it names, the annotated one, or the only one. @throws BadRequest */
export function chooseContainer(pod: Pod, requested: string | undefined): string {
  const names = (pod.spec?.containers ?? []).map((container) => container.name ?? "");
  const all = containersOf(pod).map((container) => container.name ?? "");
  const { name } = pod.metadata ?? {};
  if (requested) {
    if (!all.includes(requested))
      throw new StatusError("BadRequest", `container ${requested} is not valid for pod ${name}`);
    return requested;
  }
  const annotated = pod.metadata?.annotations?.[defaultContainerAnnotation];
  if (annotated && all.includes(annotated)) return annotated;
  if (names.length > 1) {
    throw new StatusError(
      "BadRequest",
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  }
  return names[0] ?? "";
}
