import type { PodHook } from "./hook.ts";

/** Fills the pod's volumes; a volume whose source is missing holds the pod back. */
export const volumesHook: PodHook = {
  name: "volumes",
  async run(pass) {
    const { paths, failures } = await pass.volumes.prepare(pass.pod);
    pass.volumePaths = paths;
    for (const { name, message } of failures) {
      const text = `MountVolume.SetUp failed for volume "${name}" : ${message}`;
      pass.node.recorder.event(pass.pod, "Warning", "FailedMount", text);
    }
    if (failures.length > 0) pass.wakeAfter(pass.retries.failed("volumes"));
    else pass.retries.succeeded("volumes");
    // What was filled once serves on when its source has gone.
    return failures.some(({ name }) => !paths.has(name)) ? "wait" : "done";
  },
};
