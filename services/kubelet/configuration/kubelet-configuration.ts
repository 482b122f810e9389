/** Settings of a kubelet by the names of Kubernetes' `KubeletConfiguration`; durations as in Go, such as `5m0s`. */
export interface KubeletConfiguration {
  /** By signal: `memory.available: "100Mi"`, `nodefs.available: "10%"`; pods go at once below it. Empty is never. */
  evictionHard: Record<string, string>;
  /** As above, after a time for which the signal must have stayed below. */
  evictionSoft: Record<string, string>;
  evictionSoftGracePeriod: Record<string, string>;
  /** How far beyond a threshold room is made, by signal. */
  evictionMinimumReclaim: Record<string, string>;
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
};
