import { existsSync } from "node:fs";
import { PrivateContainerd } from "./private-containerd.ts";
import { mustRun, programPath, runProgram } from "./program.ts";

/** What runs the pods of a test. */
export type RuntimeName = "process" | "docker" | "containerd";

const needs: Record<RuntimeName, { path: string; why: string }> = {
  process: { path: "/", why: "" },
  docker: { path: "/var/run/docker.sock", why: "needs Docker" },
  containerd: { path: "/usr/bin/containerd", why: "needs containerd and its CNI plugins" },
};

/** Why a test of a runtime is left out here; never in CI. */
export function without(runtime: RuntimeName): string | false {
  if (process.env["CI"]) return false;
  if (process.getuid?.() !== 0) return "needs root";
  const { path, why } = needs[runtime];
  return existsSync(path) ? false : why;
}

/** What is to be known of a runtime to run a cluster on it. */
export interface PodRuntime {
  /** The flags of `up` that choose it. */
  readonly flags: readonly string[];
  /** The handler that a runtime class names for its usual way. */
  readonly handler: string;
  start(): Promise<void>;
  /** Gives it an image from an archive as of `docker save`. */
  addImage(archive: string, name: string): Promise<void>;
  /** An image that it fetches for the test, which is to go with the cluster. */
  noteImage(name: string): void;
  /** What it has of its own on the machine besides what every cluster has there, one line each. */
  left(): Promise<string[]>;
  /** Takes away what is left of the images, once the cluster has gone. */
  stop(): Promise<void>;
}

/** The runtime of a cluster with this data directory. */
export function podRuntime(name: RuntimeName, dataDir: string): PodRuntime {
  if (name === "docker") return onDocker();
  return name === "containerd" ? onContainerd() : onProcesses(dataDir);
}

function onProcesses(dataDir: string): PodRuntime {
  return {
    flags: ["--runtime", "process"],
    handler: "process",
    start: async () => {},
    addImage: async (archive) => {
      await mustRun(programPath("typernetes"), ["load-image", archive, "--data-dir", dataDir]);
    },
    noteImage: () => {},
    left: async () => [],
    stop: async () => {},
  };
}

function onDocker(): PodRuntime {
  const names: string[] = [];
  return {
    flags: ["--runtime", "docker"],
    handler: "runc",
    start: async () => {},
    addImage: async (archive, name) => {
      names.push(name);
      await mustRun("docker", ["load", "-i", archive]);
    },
    noteImage: (name) => names.push(name),
    left: async () => [],
    stop: async () => {
      await runProgram("docker", ["rmi", "-f", ...names]);
    },
  };
}

function onContainerd(): PodRuntime {
  const containerd = new PrivateContainerd();
  return {
    flags: ["--runtime", "cri", "--cri-socket", containerd.socketPath],
    handler: "runc",
    start: () => containerd.start(),
    addImage: (archive, name) => containerd.import(archive, name),
    noteImage: () => {},
    left: () => containerd.left(),
    stop: () => containerd.stop(),
  };
}
