import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { current } from "../pods/runtime-view.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Runs the init containers one after another; the pod's containers wait until the last has succeeded. */
export const initContainersHook: PodHook = {
  name: "init-containers",
  async run(pass) {
    if (isInitialised(pass)) return "done";
    const next = pass.pod.spec?.initContainers?.find((container) => !hasSucceeded(pass, container));
    if (!next) return "done";
    if (await advance(pass, next)) await pass.observe();
    return "wait";
  },
};

/** A container that has run in this sandbox shows that initialisation is over. */
function isInitialised(pass: PodPass): boolean {
  const containers = pass.pod.spec?.containers ?? [];
  return containers.some(({ name = "" }) => (current(pass.observed, name)?.state ?? "Created") !== "Created");
}

function hasSucceeded(pass: PodPass, { name = "" }: Container): boolean {
  const status = current(pass.observed, name);
  return status?.state === "Exited" && status.exitCode === 0;
}

async function advance(pass: PodPass, container: Container): Promise<boolean> {
  const status = current(pass.observed, container.name ?? "");
  if (status?.state === "Running") return false;
  if (status?.state === "Exited" && pass.pod.spec?.restartPolicy === "Never") return false;
  return startContainer(pass, container, status);
}
