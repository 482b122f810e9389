/** What a node may run short of, by Kubernetes' names. */
export type Signal =
  | "memory.available"
  | "nodefs.available"
  | "nodefs.inodesFree"
  | "imagefs.available"
  | "imagefs.inodesFree"
  | "pid.available";

/** A condition of the node that keeps pods away. */
export type PressureCondition = "MemoryPressure" | "DiskPressure" | "PIDPressure";

/** What pods use up, as messages name it. */
export type StarvedResource = "memory" | "ephemeral-storage" | "inodes" | "pids";

interface SignalInfo {
  condition: PressureCondition;
  resource: StarvedResource;
  /** How amounts are written. */
  format: "BinarySI" | "DecimalSI";
}

/** What each signal means for the node and its pods. */
export const signals: Readonly<Record<Signal, SignalInfo>> = {
  "memory.available": { condition: "MemoryPressure", resource: "memory", format: "BinarySI" },
  "nodefs.available": { condition: "DiskPressure", resource: "ephemeral-storage", format: "BinarySI" },
  "nodefs.inodesFree": { condition: "DiskPressure", resource: "inodes", format: "DecimalSI" },
  "imagefs.available": { condition: "DiskPressure", resource: "ephemeral-storage", format: "BinarySI" },
  "imagefs.inodesFree": { condition: "DiskPressure", resource: "inodes", format: "DecimalSI" },
  "pid.available": { condition: "PIDPressure", resource: "pids", format: "DecimalSI" },
};

/** Whether a text names a signal. */
export function isSignal(text: string): text is Signal {
  return Object.hasOwn(signals, text);
}
