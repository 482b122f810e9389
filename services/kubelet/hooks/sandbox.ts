import { mkdir } from "node:fs/promises";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { current, runningContainers } from "../pods/observed-pod.ts";
import { podNetworkDns } from "../pods/pod-dns.ts";
import { podLimits } from "../pods/resource-limits.ts";
import { RuntimeError, type SandboxConfig } from "../runtimes/runtime.ts";
import type { PodHook, PodPass } from "./hook.ts";

const retryMs = 3000;

/** Gives the pod its isolation. A sandbox that died takes its containers with it, and a new one follows. */
export const sandboxHook: PodHook = {
  name: "sandbox",
  async run(pass) {
    const { sandbox } = pass.observed;
    if (sandbox?.state === "Ready") return "done";
    if (sandbox) await retire(pass, sandbox.id);
    if (sandbox && !shouldRunAgain(pass)) return "wait";
    try {
      await mkdir(pass.directory, { recursive: true });
      const id = await pass.node.runtime.runSandbox(sandboxConfig(pass, (sandbox?.attempt ?? -1) + 1));
      pass.addSandbox(id);
      await pass.observe();
      return "done";
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      pass.node.recorder.event(
        pass.pod,
        "Warning",
        "FailedCreatePodSandBox",
        `Failed to create pod sandbox: ${error.message}`,
      );
      pass.wakeAfter(retryMs);
      return "wait";
    }
  },
};

async function retire(pass: PodPass, sandboxId: string): Promise<void> {
  pass.node.recorder.event(
    pass.pod,
    "Normal",
    "SandboxChanged",
    "Pod sandbox changed, it will be killed and re-created.",
  );
  await Promise.all(runningContainers(pass.observed).map(({ id }) => pass.node.runtime.stopContainer(id, 0)));
  await pass.node.runtime.stopSandbox(sandboxId);
  await pass.observe();
}

/** A pod whose containers have all ended for good needs no new sandbox. */
function shouldRunAgain(pass: PodPass): boolean {
  const policy = pass.pod.spec?.restartPolicy ?? "Always";
  if (policy === "Always") return true;
  const containers = pass.pod.spec?.containers ?? [];
  return containers.some((container) => {
    const status = current(pass.observed, container.name ?? "");
    return !status || (policy === "OnFailure" && status.exitCode !== 0);
  });
}

function sandboxConfig(pass: PodPass, attempt: number): SandboxConfig {
  const { pod, uid, node } = pass;
  const { namespace = "", name = "" } = pod.metadata ?? {};
  return {
    pod: { namespace, name, uid },
    attempt,
    hostname: hostnameOf(pod),
    hostNetwork: pod.spec?.hostNetwork === true,
    portMappings: portMappings(pod),
    dns: podNetworkDns(pod, node.options),
    resources: podLimits(pod),
    labels: {},
  };
}

/** The name that a pod has for itself: at most 63 characters. */
export function hostnameOf(pod: Pod): string {
  const name = pod.spec?.hostname ?? pod.metadata?.name ?? "";
  return name.slice(0, 63).replace(/[-.]+$/, "");
}

function portMappings(pod: Pod): SandboxConfig["portMappings"] {
  if (pod.spec?.hostNetwork) return [];
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.flatMap((port) => {
    if (!port.hostPort || !port.containerPort) return [];
    const protocol = port.protocol === "UDP" || port.protocol === "SCTP" ? port.protocol : "TCP";
    return [{ hostPort: port.hostPort, containerPort: port.containerPort, protocol, hostIP: port.hostIP }];
  });
}
