/**
 * Connects pods to their node's network. State lives in files and in the kernel, so that a new kubelet carries on;
 * what belongs to no sandbox any more is given back by `retain`.
 */
export interface PodNetwork {
  /** Whether pods live in the machine's own network, with addresses of it: they get no network namespace then. */
  readonly sharesMachine?: boolean;
  /** Gives the network namespace at `netns` (a path) an address on the node's bridge. Idempotent per sandbox. */
  setUp(sandboxId: string, netns: string, portMappings: NetworkPortMapping[]): Promise<PodAddresses>;
  /** Takes the address and the device back; succeeds when there is nothing. */
  tearDown(sandboxId: string): Promise<void>;
  /** Tears down every sandbox that is not in `sandboxIds`. */
  retain(sandboxIds: ReadonlySet<string>): Promise<void>;
  /** Removes bridge, rules and routes that `start` made. For the end of a node, not of a kubelet. */
  remove(): Promise<void>;
}

/** Addresses of one pod, the first is `status.podIP`. */
export interface PodAddresses {
  ips: string[];
}

export interface NetworkPortMapping {
  hostPort: number;
  containerPort: number;
  protocol: "TCP" | "UDP" | "SCTP";
  hostIP?: string;
}

/** What a node has in IPv6. */
export interface NodePlace6 {
  /** Its InternalIP; absent where it lives in the machine's own network. */
  internalIP?: string;
  /** The node's range of pod addresses, a `/64`. */
  podCIDR: string;
  clusterCIDR: string;
  /** Which leads to no place without rules, but has to have a route for those who ask from the node. */
  serviceCIDR: string;
}

/** Where a node lives: the machine's own network, or a network namespace made for it (`up --nodes N`). */
export interface NodePlace {
  /** Name under `/run/netns`; absent for the machine's own network. */
  netns?: string;
  /** The node's InternalIP. */
  internalIP: string;
  /** The node's range of pod addresses, such as `10.244.1.0/24`. */
  podCIDR: string;
  /** The node's addresses and ranges of pods in IPv6; absent in a cluster of one family. */
  ipv6?: NodePlace6;
}
