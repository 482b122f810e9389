import type { Plugin } from "../framework/plugin.ts";

const mebibyte = 1024 * 1024;
/** Less than this at hand says nothing; more than this for each container says no more. */
const bytesMin = 23 * mebibyte;
const bytesMaxPerContainer = 1000 * mebibyte;

/** Prefers nodes that have the images of a pod; those that many nodes have count more. */
export const imageLocality: Plugin = {
  name: "ImageLocality",
  wakeOn: [],
  weight: 1,
  score({ pod }, snapshot) {
    if (snapshot.images.isEmpty) return undefined;
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const images = containers.map(({ image = "" }) => snapshot.images.onNodes(withTag(image)));
    if (images.every((sizes) => !sizes)) return undefined;
    const shares = images.map((sizes) => (sizes?.size ?? 0) / Math.max(1, snapshot.slots.length));
    const bytesMax = bytesMaxPerContainer * containers.length;
    return (node) => {
      let bytes = 0;
      for (const [index, sizes] of images.entries())
        bytes += Math.trunc((sizes?.get(node) ?? 0) * (shares[index] ?? 0));
      return Math.trunc((100 * (Math.min(Math.max(bytes, bytesMin), bytesMax) - bytesMin)) / (bytesMax - bytesMin));
    };
  },
};

/** As nodes name images: with the tag `latest` where none is named. */
function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
