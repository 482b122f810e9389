import type { PodHook } from "../hooks/hook.ts";

/** Has the pod's devices made ready; a driver that does not do it holds the pod back. */
export const devicesHook: PodHook = {
  name: "devices",
  async run(pass) {
    if (!pass.pod.spec?.resourceClaims?.length) return "done";
    try {
      await pass.node.devices.prepare(pass.pod);
      pass.retries.succeeded("devices");
      return "done";
    } catch (error) {
      const message = `Failed to prepare dynamic resources: ${error instanceof Error ? error.message : String(error)}`;
      pass.node.recorder.event(pass.pod, "Warning", "FailedPrepareDynamicResources", message);
      pass.wakeAfter(pass.retries.failed("devices"));
      return "wait";
    }
  },
};
