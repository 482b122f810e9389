import type { EphemeralContainer } from "../../../gen/typernetes/core/v1/pod.ts";
import { newest } from "../pods/runtime-view.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Starts containers that visit a running pod; each is started once. */
export const ephemeralContainersHook: PodHook = {
  name: "ephemeral-containers",
  async run(pass) {
    const fresh = (pass.pod.spec?.ephemeralContainers ?? []).filter((container) => !wasStarted(pass, container));
    const changes = await Promise.all(fresh.map((container) => startContainer(pass, container, undefined)));
    if (changes.includes(true)) await pass.observe();
    return "done";
  },
};

function wasStarted({ pod, observed }: PodPass, { name = "" }: EphemeralContainer): boolean {
  if ((newest(observed, name)?.state ?? "Created") !== "Created") return true;
  const status = pod.status?.ephemeralContainerStatuses?.find((candidate) => candidate.name === name);
  return status?.containerID !== undefined;
}
