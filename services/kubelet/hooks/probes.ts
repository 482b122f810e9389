import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { sidecarsOf } from "../pods/pod-containers.ts";
import { current, podIP } from "../pods/runtime-view.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Probes the containers that run. */
export const probesHook: PodHook = {
  name: "probes",
  async run(pass) {
    for (const container of [...sidecarsOf(pass.pod), ...(pass.pod.spec?.containers ?? [])])
      ensureProbes(pass, container);
    return "done";
  },
};

/** Begins to probe a container, if it runs. */
export function ensureProbes(pass: PodPass, container: Container): void {
  const status = current(pass.observed, container.name ?? "");
  const ip = podIP(pass.node.options.place, pass.observed);
  if (status?.state === "Running") pass.probes.ensure(pass.pod, container, status.id, ip);
}
