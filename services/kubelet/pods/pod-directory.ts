import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { unmountBelow } from "../runtimes/process/mount-info.ts";

/** Where a pod's volumes and files are. */
export function podDirectory(stateDir: string, uid: string): string {
  return join(stateDir, "pods", uid);
}

/** Makes a pod's folder. Secrets lie in it: only this user may look. */
export async function makePodDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** Removes all that a pod had on the node's disk. */
export async function removePodDirectory(directory: string): Promise<void> {
  await unmountBelow(directory);
  await rm(directory, { recursive: true, force: true });
}

/** Gives the memory of all pods' volumes back, once none of them runs. */
export async function unmountPods(stateDir: string): Promise<void> {
  await unmountBelow(join(stateDir, "pods"));
}

/** The pods that have a folder. */
export async function podsWithDirectory(stateDir: string): Promise<string[]> {
  return readdir(join(stateDir, "pods")).catch(() => []);
}
