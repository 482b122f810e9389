import { prepareVolume, VolumeError } from "../volumes/volumes.ts";
import type { PodHook } from "./hook.ts";

const retryMs = 2000;

/** Fills the pod's volumes; a volume whose source is missing holds the pod back. */
export const volumesHook: PodHook = {
  name: "volumes",
  async run(pass) {
    let complete = true;
    for (const volume of pass.pod.spec?.volumes ?? []) {
      const name = volume.name ?? "";
      try {
        pass.volumes.set(name, await prepareVolume(pass.node, pass.pod, pass.directory, volume));
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        const message = `MountVolume.SetUp failed for volume "${name}" : ${error.message}`;
        pass.node.recorder.event(pass.pod, "Warning", "FailedMount", message);
        complete = false;
      }
    }
    if (complete) return "done";
    pass.wakeAfter(retryMs);
    return "wait";
  },
};
