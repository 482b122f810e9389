import { newest } from "../pods/observed-pod.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Runs the init containers one after another; the pod's containers wait until the last has succeeded. */
export const initContainersHook: PodHook = {
  name: "init-containers",
  async run(pass) {
    for (const container of pass.pod.spec?.initContainers ?? []) {
      if (!(await isDone(pass, container.name ?? ""))) {
        await advance(pass, container.name ?? "");
        return "wait";
      }
    }
    return "done";
  },
};

/** A container that has run in this sandbox shows that initialisation is over. */
async function isDone(pass: PodPass, name: string): Promise<boolean> {
  const sandboxId = pass.observed.sandbox?.id;
  const started = (pass.pod.spec?.containers ?? []).some(
    ({ name: other = "" }) => newest(pass.observed, other)?.sandboxId === sandboxId,
  );
  if (started) return true;
  const container = newest(pass.observed, name);
  return container?.sandboxId === sandboxId && container?.state === "Exited" && container.exitCode === 0;
}

async function advance(pass: PodPass, name: string): Promise<void> {
  const spec = pass.pod.spec?.initContainers?.find((container) => container.name === name);
  const container = newest(pass.observed, name);
  const inSandbox = container?.sandboxId === pass.observed.sandbox?.id ? container : undefined;
  if (!spec || inSandbox?.state === "Running") return;
  if (inSandbox?.state === "Exited" && pass.pod.spec?.restartPolicy === "Never") return;
  await startContainer(pass, spec, inSandbox);
}
