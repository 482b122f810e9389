import { ensureContainer } from "./ensure-container.ts";
import type { PodHook } from "./hook.ts";

/** Starts the pod's containers, and starts them again as the restart policy says. */
export const containersHook: PodHook = {
  name: "containers",
  async run(pass) {
    const changes = await Promise.all(
      (pass.pod.spec?.containers ?? []).map((container) => ensureContainer(pass, container)),
    );
    if (changes.includes(true)) await pass.observe();
    return "done";
  },
};
