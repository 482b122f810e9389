import { readFile } from "node:fs/promises";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { ConfigError } from "../env/config-error.ts";
import { kernelHostname } from "../pods/hostname.ts";
import { type Dns, parseResolvConf, podDns } from "../pods/pod-dns.ts";
import { podLimits } from "../pods/resource-limits.ts";
import { current, runningContainers } from "../pods/runtime-view.ts";
import { userNamespaceOf } from "../pods/user-namespace.ts";
import { RuntimeError, type SandboxConfig } from "../runtimes/runtime.ts";
import type { PodHook, PodPass } from "./hook.ts";

/** Gives the pod its isolation. A sandbox that died takes its containers with it, and a new one follows. */
export const sandboxHook: PodHook = {
  name: "sandbox",
  async run(pass) {
    const { sandbox } = pass.observed;
    if (sandbox?.state === "Ready") return "done";
    if (sandbox && !shouldRunAgain(pass)) return "wait";
    if (sandbox) await retire(pass, sandbox.id);
    pass.signal.throwIfAborted();
    try {
      await pass.node.runtime.runSandbox(await sandboxConfig(pass, (sandbox?.attempt ?? -1) + 1));
    } catch (error) {
      if (!(error instanceof RuntimeError || error instanceof ConfigError)) throw error;
      const message = `Failed to create pod sandbox: ${error.message}`;
      pass.node.recorder.event(pass.pod, "Warning", "FailedCreatePodSandBox", message);
      pass.wakeAfter(pass.retries.failed("sandbox"));
      return "wait";
    }
    pass.retries.succeeded("sandbox");
    await pass.observe();
    return "done";
  },
};

async function retire(pass: PodPass, sandboxId: string): Promise<void> {
  const { runtime, recorder } = pass.node;
  const message = "Pod sandbox changed, it will be killed and re-created.";
  recorder.event(pass.pod, "Normal", "SandboxChanged", message);
  await Promise.all(runningContainers(pass.observed).map(({ id }) => runtime.stopContainer(id, 0)));
  await runtime.stopSandbox(sandboxId);
}

/** A pod whose containers have all ended for good needs no new sandbox. */
function shouldRunAgain(pass: PodPass): boolean {
  const policy = pass.pod.spec?.restartPolicy ?? "Always";
  if (policy === "Always") return true;
  const containers = pass.pod.spec?.containers ?? [];
  return containers.some(({ name = "" }) => {
    const status = current(pass.observed, name);
    return status?.state !== "Exited" || (policy === "OnFailure" && status.exitCode !== 0);
  });
}

async function sandboxConfig(pass: PodPass, attempt: number): Promise<SandboxConfig> {
  const { pod, uid, node } = pass;
  const { namespace = "", name = "" } = pod.metadata ?? {};
  return {
    pod: { namespace, name, uid },
    attempt,
    hostname: hostname(pass),
    hostNetwork: pod.spec?.hostNetwork === true,
    hostPID: pod.spec?.hostPID === true,
    hostIPC: pod.spec?.hostIPC === true,
    userNamespace: userNamespaceOf(pass),
    runtimeHandler: await runtimeHandler(pass),
    sysctls: sysctlsOf(pod),
    portMappings: portMappings(pod),
    dns: podDns(pod, node.options, await nodeDns()),
    resources: podLimits(pod),
    labels: {},
  };
}

/** Undefined for the usual one. @throws ConfigError when the pod's class is not there. */
async function runtimeHandler({ pod, node }: PodPass): Promise<string | undefined> {
  const { runtimeClassName } = pod.spec ?? {};
  if (!runtimeClassName) return undefined;
  try {
    const { handler } = await node.client.node.v1.runtimeclasses.get(runtimeClassName, { timeoutMs: 10_000 });
    return handler || undefined;
  } catch (error) {
    if (!isStatusError(error)) throw error;
    throw new ConfigError(`failed to get sandbox runtime: ${error.message}`, { cause: error });
  }
}

function sysctlsOf(pod: Pod): Record<string, string> {
  const sysctls = pod.spec?.securityContext?.sysctls ?? [];
  return Object.fromEntries(sysctls.map(({ name = "", value = "" }) => [name.replaceAll("/", "."), value]));
}

/** In the node's own network a pod has the node's name. */
function hostname({ pod, node }: PodPass): string {
  if (pod.spec?.hostNetwork) return node.options.nodeName;
  try {
    return kernelHostname(pod, node.options.clusterDomain);
  } catch (error) {
    throw new RuntimeError("InvalidConfig", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function nodeDns(): Promise<Dns> {
  return parseResolvConf(await readFile("/etc/resolv.conf", "utf8").catch(() => ""));
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
