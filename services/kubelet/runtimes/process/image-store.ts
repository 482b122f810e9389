import type { Image } from "../runtime.ts";

/** What a container takes from its image. */
export interface ImageContents {
  image: Image;
  /** Whether the image is the machine's own root. */
  isHost: boolean;
  /** Names of layer directories in `layersDir`, topmost first. */
  layersDir: string;
  layers: string[];
  entrypoint: string[];
  command: string[];
  env: string[];
  workingDir: string;
  /** As the image names it: `user`, `uid`, `user:group`, …; empty for root. */
  user: string;
  /** Such as `SIGTERM`. */
  stopSignal: string;
}

/** The name of the image that is the machine's own root. */
export const HOST_IMAGE = "host";

/** The machine's own root as an image; `names` are what it is called. */
export function hostImage(...names: string[]): ImageContents {
  return {
    image: { id: HOST_IMAGE, tags: names, digests: [], sizeBytes: 0 },
    isHost: true,
    layersDir: "/",
    layers: ["/"],
    entrypoint: [],
    command: [],
    env: [],
    workingDir: "/",
    user: "",
    stopSignal: "SIGTERM",
  };
}
