import type { KubernetesObject } from "./resource-client.ts";

/** Writes Kubernetes events about objects: equal ones are counted up, floods are held back, failures never reach the caller. */
export interface EventRecorder {
  /** `reason` and `message` are Kubernetes' words: `event(pod, "Warning", "FailedScheduling", "0/3 nodes are available: …")`. */
  event(object: KubernetesObject, type: "Normal" | "Warning", reason: string, message: string): void;
  /** Writes what waits, within 2 s. */
  close(): Promise<void>;
}
