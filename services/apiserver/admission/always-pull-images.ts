import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** Every image is pulled whenever a container starts, so that nobody runs what only others have the right to pull. */
export const alwaysPullImages = (): AdmissionPlugin => ({
  name: "AlwaysPullImages",
  kinds: ["pods"],
  admit({ operation, info, subresource, object }) {
    if (info.groupResource !== "pods" || subresource || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const pod: ApiObject & Pod = object ?? {};
    if (!pod.spec) return;
    const pulled = <T extends object>(container: T) => ({ ...container, imagePullPolicy: "Always" });
    const { containers, initContainers, ephemeralContainers, volumes } = pod.spec;
    const isImage = ({ image }: Volume) => image !== undefined;
    const shown = (volume: Volume) =>
      volume.image ? { ...volume, image: { ...volume.image, pullPolicy: "Always" } } : volume;
    pod.spec = {
      ...pod.spec,
      ...(containers && { containers: containers.map(pulled) }),
      ...(initContainers && { initContainers: initContainers.map(pulled) }),
      ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(pulled) }),
      ...(volumes?.some(isImage) && { volumes: volumes.map(shown) }),
    };
  },
});
