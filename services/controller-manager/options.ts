/** Settings of the controllers. */
export interface ControllerManagerOptions {
  /** Several may run, and one works: decided by a lease. False only where nobody else can run. */
  leaderElect: boolean;
  /** Unique among those that may run: host name and random text. */
  identity: string;
  /** Where volumes of the class `standard` are made, as the nodes see it. */
  localVolumesDirectory: string;
  /** From which addresses services of type LoadBalancer get theirs: `10.0.0.0/28` or `10.0.0.1-10.0.0.9`; from none when empty. */
  loadBalancerAddresses: string;
  /** From which range nodes that do not bring their own get their pods' addresses; from none when empty. */
  clusterCIDR: string;
}

/** Settings as they are when nothing is said. */
export const controllerManagerDefaults = {
  leaderElect: true,
  localVolumesDirectory: "/var/lib/typernetes/volumes",
  loadBalancerAddresses: "",
  clusterCIDR: "",
} satisfies Partial<ControllerManagerOptions>;

/** The lease that decides which controller manager works. */
export const leaseName = "kube-controller-manager";
