import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodPass } from "./hook.ts";

/**
 * Makes the volumes of a container that are images, each as its own pull policy says, once in the life of the pod.
 * @throws ImageError, ConfigError, RuntimeError
 */
export async function mountImageVolumes(pass: PodPass, container: Container): Promise<void> {
  const mounted = new Set(container.volumeMounts?.map(({ name }) => name));
  for (const { name = "", image: source } of pass.pod.spec?.volumes ?? []) {
    if (!source || !mounted.has(name)) continue;
    const wanted = { image: source.reference, imagePullPolicy: source.pullPolicy };
    await pass.volumes.mountImage(name, () => pass.images.ensure(pass.pod, wanted, pass.signal));
  }
}
