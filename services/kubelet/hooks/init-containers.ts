import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { isSidecar } from "../pods/pod-containers.ts";
import { current } from "../pods/runtime-view.ts";
import { ensureContainer } from "./ensure-container.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { ensureProbes } from "./probes.ts";
import { startContainer } from "./start-container.ts";

/** Runs the init containers one after another; the next waits until one has succeeded, or as a sidecar has started. */
export const initContainersHook: PodHook = {
  name: "init-containers",
  async run(pass) {
    if (isInitialised(pass)) return "done";
    for (const container of pass.pod.spec?.initContainers ?? []) {
      const isDone = isSidecar(container) ? await startSidecar(pass, container) : hasSucceeded(pass, container);
      if (isDone) continue;
      if (!isSidecar(container) && (await advance(pass, container))) await pass.observe();
      return "wait";
    }
    return "done";
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

/** Whether the sidecar runs, and its startup probe has succeeded. */
async function startSidecar(pass: PodPass, container: Container): Promise<boolean> {
  if (await ensureContainer(pass, container)) await pass.observe();
  ensureProbes(pass, container);
  const status = current(pass.observed, container.name ?? "");
  return status?.state === "Running" && pass.probes.isStarted(status.id);
}

async function advance(pass: PodPass, container: Container): Promise<boolean> {
  const status = current(pass.observed, container.name ?? "");
  if (status?.state === "Running") return false;
  if (status?.state === "Exited" && pass.pod.spec?.restartPolicy === "Never") return false;
  return startContainer(pass, container, status);
}
