import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { ensureContainer } from "./ensure-container.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Starts the pod's containers, and starts them again as the restart policy says. */
export const containersHook: PodHook = {
  name: "containers",
  async run(pass) {
    const changes = await ensureAll(pass, pass.pod.spec?.containers ?? []);
    if (changes.includes(true)) await pass.observe();
    return "done";
  },
};

/** At the same time, unless one has something done after its start: that holds up those after it. */
async function ensureAll(pass: PodPass, containers: Container[]): Promise<boolean[]> {
  if (!containers.some(({ lifecycle }) => lifecycle?.postStart))
    return Promise.all(containers.map((container) => ensureContainer(pass, container)));
  const changes: boolean[] = [];
  for (const container of containers) changes.push(await ensureContainer(pass, container));
  return changes;
}
