import { readFile, statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import type { Signal } from "./signals.ts";

/** How much of something there is, and how much of it can be had. */
export interface Amount {
  available: number;
  capacity: number;
}

/** What a machine has left; what cannot be measured is absent. */
export type Measurements = Partial<Record<Signal, Amount>>;

/** Tells what a machine has left. */
export interface Machine {
  measure(): Promise<Measurements>;
}

/** This machine: its memory, its processes, and the disks on which pods and images lie. */
export function createMachine(stateDir: string, imageDirectory: () => Promise<string | undefined>): Machine {
  let images: string | undefined;
  return {
    measure: async () => {
      // It stays where it is; asking takes a busy runtime its time.
      images ??= await imageDirectory().catch(() => undefined);
      const [nodefs, imagefs, pids] = await Promise.all([
        measureDisk(stateDir),
        measureDisk(images ?? stateDir),
        measurePids(),
      ]);
      return {
        // On Linux this counts what caches can give back.
        "memory.available": { available: freemem(), capacity: totalmem() },
        ...(nodefs && { "nodefs.available": nodefs.bytes }),
        ...(nodefs?.inodes && { "nodefs.inodesFree": nodefs.inodes }),
        ...(imagefs && { "imagefs.available": imagefs.bytes }),
        ...(imagefs?.inodes && { "imagefs.inodesFree": imagefs.inodes }),
        ...(pids && { "pid.available": pids }),
      };
    },
  };
}

async function measureDisk(path: string): Promise<{ bytes: Amount; inodes: Amount | undefined } | undefined> {
  const stats = await statfs(path).catch(() => undefined);
  if (!stats) return undefined;
  const { bavail, blocks, bsize, ffree, files } = stats;
  return {
    bytes: { available: bavail * bsize, capacity: blocks * bsize },
    // Some file systems make them as they need them, and count none.
    inodes: files > 0 ? { available: ffree, capacity: files } : undefined,
  };
}

async function measurePids(): Promise<Amount | undefined> {
  try {
    const [max, threadsMax, load] = await Promise.all([
      readFile("/proc/sys/kernel/pid_max", "utf8"),
      readFile("/proc/sys/kernel/threads-max", "utf8"),
      readFile("/proc/loadavg", "utf8"),
    ]);
    const capacity = Math.min(Number(max), Number(threadsMax));
    const running = Number(load.split(" ")[3]?.split("/")[1]);
    return Number.isNaN(running) ? undefined : { available: capacity - running, capacity };
  } catch {
    return undefined;
  }
}
