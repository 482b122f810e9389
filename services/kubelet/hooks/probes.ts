import { current, podIP } from "../pods/runtime-view.ts";
import type { PodHook } from "./hook.ts";

/** Probes the containers that run. */
export const probesHook: PodHook = {
  name: "probes",
  async run(pass) {
    const ip = podIP(pass.node.options.place, pass.observed);
    for (const container of pass.pod.spec?.containers ?? []) {
      const status = current(pass.observed, container.name ?? "");
      if (status?.state === "Running") pass.probes.ensure(pass.pod, container, status.id, ip);
    }
    return "done";
  },
};
