import { containersOf } from "../pods/pod-containers.ts";
import type { PodHook } from "./hook.ts";

/** Fills the pod's volumes; a volume whose source is missing holds the pod back. */
export const volumesHook: PodHook = {
  name: "volumes",
  async run(pass) {
    const { paths, failures } = await pass.volumes.prepare(pass.pod);
    pass.volumePaths = paths;
    for (const { name, message } of failures) {
      const isDevice = containersOf(pass.pod).some(({ volumeDevices }) =>
        volumeDevices?.some((it) => it.name === name),
      );
      const [reason, step] = isDevice
        ? ["FailedMapVolume", "MapVolume.MapPodDevice"]
        : ["FailedMount", "MountVolume.SetUp"];
      pass.node.recorder.event(pass.pod, "Warning", reason, `${step} failed for volume "${name}" : ${message}`);
    }
    if (failures.length > 0) pass.wakeAfter(pass.retries.failed("volumes"));
    else pass.retries.succeeded("volumes");
    // What was filled once serves on when its source has gone.
    return failures.some(({ name }) => !paths.has(name)) ? "wait" : "done";
  },
};
