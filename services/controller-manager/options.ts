/** Settings of the controllers. */
export interface ControllerManagerOptions {
  /** Several may run, and one works: decided by a lease. False only where nobody else can run. */
  leaderElect: boolean;
  /** Unique among those that may run: host name and random text. */
  identity: string;
}

/** The lease that decides which controller manager works. */
export const leaseName = "kube-controller-manager";
