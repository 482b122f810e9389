import type { PodHook } from "../hooks/hook.ts";
import { AllocationError } from "./device-plugins.ts";

/** Has the pod's devices made ready; a driver that does not do it holds the pod back. */
export const devicesHook: PodHook = {
  name: "devices",
  async run(pass) {
    if (!pass.node.devices.concerns(pass.pod)) return "done";
    try {
      await pass.node.devices.prepare(pass.pod);
      pass.retries.succeeded("devices");
      return "done";
    } catch (error) {
      if (error instanceof AllocationError && !pass.observed.sandbox) {
        pass.refusal = { reason: "UnexpectedAdmissionError", why: error.message };
        return "wait";
      }
      const message = `Failed to prepare dynamic resources: ${error instanceof Error ? error.message : String(error)}`;
      pass.node.recorder.event(pass.pod, "Warning", "FailedPrepareDynamicResources", message);
      pass.wakeAfter(pass.retries.failed("devices"));
      return "wait";
    }
  },
};
