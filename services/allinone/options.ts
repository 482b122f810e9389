/** What runs the containers of a node. */
export type RuntimeKind = "process" | "docker" | "cri" | "hollow";

/** Settings of a whole cluster on one machine. */
export interface UpOptions {
  /** Everything the cluster keeps, in one folder. */
  dataDir: string;
  nodes: number;
  runtime: RuntimeKind | "auto";
  /** Where the runtime `cri` is reached; containerd's usual place when absent. */
  criSocket?: string;
  /** `embedded`, or the address of an etcd. */
  store: string;
  httpsPort: number;
  grpcPort: number;
  /** Each service in a process of its own. */
  separate: boolean;
  /** Services that are left out. */
  without: readonly ServiceName[];
  /** Unknown images mean the machine's own root. */
  hostImages: boolean;
  /** A file with a `KubeletConfiguration` for all nodes. */
  kubeletConfig?: string;
  /** A file with a `KubeSchedulerConfiguration`. */
  schedulerConfig?: string;
  /** IPv4 range of all pods, and after a comma an IPv6 range; chosen when absent. */
  podCidr?: string;
  /** IPv4 range of all services, and after a comma an IPv6 range; chosen when absent. */
  serviceCidr?: string;
  /** The domain of the cluster's names. */
  clusterDomain: string;
  /** Whom the cluster's DNS asks about other names; the machine's name servers when absent. */
  dnsUpstream?: readonly string[];
  /** From which addresses services of type LoadBalancer get theirs: `a/b` or `a-b`. */
  loadBalancerPool?: string;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

/** The services that a cluster is made of. */
export const serviceNames = ["apiserver", "controller-manager", "scheduler", "kubelet", "proxy", "dns"] as const;

export type ServiceName = (typeof serviceNames)[number];

/** Settings as they are when nothing is said. */
export const upDefaults = {
  nodes: 1,
  runtime: "auto",
  store: "embedded",
  httpsPort: 6443,
  grpcPort: 6444,
  separate: false,
  without: [],
  hostImages: false,
  clusterDomain: "cluster.local",
  logLevel: "warn",
} satisfies Partial<UpOptions>;
