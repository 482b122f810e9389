import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { podRef } from "../pods/node-context.ts";
import { current } from "../pods/observed-pod.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import type { PodHook, PodPass } from "./hook.ts";
import { startContainer } from "./start-container.ts";

/** Starts the pod's containers, and starts them again as the restart policy says. */
export const containersHook: PodHook = {
  name: "containers",
  async run(pass) {
    await Promise.all((pass.pod.spec?.containers ?? []).map((container) => ensureContainer(pass, container)));
    return "done";
  },
};

async function ensureContainer(pass: PodPass, container: Container): Promise<void> {
  const name = container.name ?? "";
  const status = current(pass.observed, name);
  if (status?.state === "Running") {
    if (await mustRestart(pass, container, status))
      await startContainer(pass, container, await pass.node.runtime.containerStatus(status.id));
    return;
  }
  if (status?.state === "Exited" && !restartsAfter(pass, status)) return;
  await startContainer(pass, container, status);
}

/** Stops a container that a probe has found dead. */
async function mustRestart(pass: PodPass, container: Container, status: ContainerStatus): Promise<boolean> {
  const failed = pass.probes.failedProbe(status.id);
  if (!failed) return false;
  const fate = restartsAfter(pass, { ...status, exitCode: 1 }) ? "will be restarted" : "will be killed";
  const message = `Container ${container.name} failed ${failed.kind} probe, ${fate}`;
  pass.node.recorder.event(pass.pod, "Normal", "Killing", message);
  pass.node.logger.info({ pod: podRef(pass.pod), container: container.name }, message);
  const grace = failed.terminationGracePeriodSeconds ?? pass.pod.spec?.terminationGracePeriodSeconds ?? 30;
  pass.probes.forget(status.id);
  await pass.node.runtime.stopContainer(status.id, grace);
  await pass.observe();
  return fate === "will be restarted";
}

function restartsAfter(pass: PodPass, status: ContainerStatus): boolean {
  const policy = pass.pod.spec?.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && status.exitCode !== 0);
}
