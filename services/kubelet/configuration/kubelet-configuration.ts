/** Settings of a kubelet by the names of Kubernetes' `KubeletConfiguration`; durations as in Go, such as `5m0s`. */
export interface KubeletConfiguration {
  /** By signal: `memory.available: "100Mi"`, `nodefs.available: "10%"`; pods go at once below it. Empty is never. */
  evictionHard: Amounts;
  /** As above, after a time for which the signal must have stayed below. */
  evictionSoft: Amounts;
  evictionSoftGracePeriod: Readonly<Record<string, string>>;
  /** How far beyond a threshold room is made, by signal. */
  evictionMinimumReclaim: Amounts;
  /** So long a pressure is still told of after it was last seen. */
  evictionPressureTransitionPeriod: string;
  /** Seconds that pods have to end at most, when they go for a soft threshold. */
  evictionMaxPodGracePeriod: number;
  /** When the disk of the images is filled so far, unused images are removed; 100 is never. */
  imageGCHighThresholdPercent: number;
  /** Until it is filled so far. */
  imageGCLowThresholdPercent: number;
  /** Younger images stay. */
  imageMinimumGCAge: string;
  /** Images unused for longer go in any case; `0s` is never. */
  imageMaximumGCAge: string;
  /** A container's log that has grown larger is followed by a new one; negative is never. */
  containerLogMaxSize: string;
  /** How many files a container's log has at most, the present one among them; at least 2. */
  containerLogMaxFiles: number;
  /** So long all pods have to end when the node is shut down; `0s`: they end as it goes. */
  shutdownGracePeriod: string;
  /** What of that is kept for critical pods, which end after the others. */
  shutdownGracePeriodCriticalPods: string;
  /** Instead of the two: groups of pods by priority, the least important first. */
  shutdownGracePeriodByPodPriority: readonly ShutdownGroup[];
  /** What of the machine is not for pods: kept for its own programs, and for this one. */
  systemReserved: Amounts;
  kubeReserved: Amounts;
  maxPods: number;
  /** A folder with manifests of pods that the node runs, whoever else is there; empty is none. */
  staticPodPath: string;
  /** Settings of the kernel, or what they begin with before a `*`, that pods may have besides the harmless ones. */
  allowedUnsafeSysctls: readonly string[];
}

/** Quantities by name. */
type Amounts = Readonly<Record<string, string>>;

/** Pods of this priority and above, up to the next group's, have this long to end. */
export interface ShutdownGroup {
  priority: number;
  shutdownGracePeriodSeconds: number;
}

/** Kubernetes' defaults. */
export const defaultConfiguration: KubeletConfiguration = {
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
  },
  evictionSoft: {},
  evictionSoftGracePeriod: {},
  evictionMinimumReclaim: {},
  evictionPressureTransitionPeriod: "5m0s",
  evictionMaxPodGracePeriod: 0,
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAge: "2m0s",
  imageMaximumGCAge: "0s",
  containerLogMaxSize: "10Mi",
  containerLogMaxFiles: 5,
  shutdownGracePeriod: "0s",
  shutdownGracePeriodCriticalPods: "0s",
  shutdownGracePeriodByPodPriority: [],
  systemReserved: {},
  kubeReserved: {},
  maxPods: 110,
  staticPodPath: "",
  allowedUnsafeSysctls: [],
};

/**
 * For a cluster on a machine that is somebody's own: a large disk that is nearly full still has room for pods, whose
 * eviction would not empty it, and images may be there for others than pods.
 */
export const sharedMachineConfiguration: KubeletConfiguration = {
  ...defaultConfiguration,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "512Mi",
    "nodefs.inodesFree": "1%",
    "imagefs.available": "512Mi",
    "imagefs.inodesFree": "1%",
  },
  imageGCHighThresholdPercent: 100,
};
