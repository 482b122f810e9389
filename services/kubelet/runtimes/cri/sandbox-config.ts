import { type PodSandboxConfig, Protocol } from "../../../../gen/runtime/v1/sandbox.ts";
import { NamespaceMode, SecurityProfile_ProfileType } from "../../../../gen/runtime/v1/security.ts";
import type { ResourceLimits } from "../runtime.ts";
import { podLabels, recordOf, type SandboxRecord, type Scope } from "./identity.ts";
import { linuxResources } from "./resources.ts";

/** The sandbox of a record, as CRI wants it told: the same when it is made and with each of its containers. */
export function podSandboxConfig(record: SandboxRecord, scope: Scope): PodSandboxConfig {
  const { config, logDirectory, cgroupParent } = record;
  const { pod, dns } = config;
  return {
    metadata: { name: pod.name, uid: pod.uid, namespace: pod.namespace, attempt: config.attempt },
    // In the machine's network a pod has the machine's name.
    ...(config.hostNetwork ? {} : { hostname: config.hostname }),
    logDirectory,
    ...(dns ? { dnsConfig: { servers: dns.nameservers, searches: dns.searches, options: dns.options } } : {}),
    portMappings: config.portMappings.map(({ hostPort, containerPort, protocol, hostIP }) => ({
      protocol: Protocol[protocol],
      containerPort,
      hostPort,
      hostIp: hostIP ?? "",
    })),
    labels: podLabels(scope, pod),
    annotations: recordOf(record),
    linux: {
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
      securityContext: {
        namespaceOptions: {
          network: config.hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD,
          pid: config.hostPID ? NamespaceMode.NODE : NamespaceMode.CONTAINER,
          ipc: config.hostIPC ? NamespaceMode.NODE : NamespaceMode.POD,
        },
        // Its one process may do nothing more by that; without it, no privileged container could join.
        privileged: true,
        readonlyRootfs: true,
        seccomp: { profileType: SecurityProfile_ProfileType.UNCONFINED },
      },
      sysctls: config.sysctls ?? {},
      ...podResources(config.resources),
    },
  };
}

function podResources(resources: ResourceLimits | undefined) {
  return resources ? { resources: linuxResources(resources) } : {};
}
