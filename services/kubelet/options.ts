import { defaultConfiguration, type KubeletConfiguration } from "./configuration/kubelet-configuration.ts";

export { sharedMachineConfiguration } from "./configuration/kubelet-configuration.ts";
export { type LogLimits, logLimitsOf } from "./configuration/log-limits.ts";
export { readConfiguration } from "./configuration/read-configuration.ts";

import type { NodePlace } from "./network/pod-network.ts";

/** Settings of one node. */
export interface KubeletOptions {
  nodeName: string;
  place: NodePlace;
  /** Where volumes and files of pods live; survives restarts. */
  stateDir: string;
  /** Where others reach this node over HTTPS; 0 when only its own process does. */
  port: number;
  /** Labels of the node besides Kubernetes' own. */
  labels: Record<string, string>;
  /** Address of the cluster's DNS service; pods keep the machine's `resolv.conf` without it. */
  clusterDNS?: string;
  clusterDomain: string;
  /** A folder with manifests of pods that this node runs, whoever else is there. */
  staticPodPath?: string;
  configuration: KubeletConfiguration;
}

/** Settings that are the same on most nodes. */
export const kubeletDefaults = {
  port: 0,
  labels: {},
  clusterDomain: "cluster.local",
  configuration: defaultConfiguration,
} satisfies Partial<KubeletOptions>;
