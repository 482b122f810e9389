import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { type Mount, RuntimeError } from "../runtime.ts";
import { mountOf } from "./mount-info.ts";
import { bindLine, type MountLine } from "./mount-table.ts";
import { OLD_ROOT } from "./tools.ts";

const propagationOptions = { None: [], HostToContainer: ["rslave"], Bidirectional: ["rshared"] };

/** A mount of the pod, as the container's root needs it. */
export interface PlannedMount {
  mount: Mount;
  isFile: boolean;
  /** Whether the target lies in another mount of the pod. */
  inside: boolean;
}

/**
 * Outer mounts before those inside them. Targets inside a mount are made in its source.
 * @throws RuntimeError `InvalidConfig` for a mount that cannot be.
 */
export function orderedMounts(mounts: Mount[]): PlannedMount[] {
  const clean = mounts.map((mount) => ({
    ...mount,
    containerPath: posix.normalize(`/${mount.containerPath}`).replace(/(.)\/$/, "$1"),
  }));
  const depth = (mount: Mount) => mount.containerPath.split("/").length;
  const ordered = clean.toSorted((a, b) => depth(a) - depth(b));
  return ordered.map((mount, i) => {
    if (mount.propagation === "Bidirectional") verifyShared(mount.hostPath);
    const isFile = isFileSource(mount);
    const outer = ordered.slice(0, i).findLast((other) => mount.containerPath.startsWith(`${other.containerPath}/`));
    if (outer) makeTarget(join(outer.hostPath, mount.containerPath.slice(outer.containerPath.length)), isFile);
    return { mount, isFile, inside: outer !== undefined };
  });
}

/** @throws RuntimeError `InvalidConfig` when what is mounted there in a container does not reach the node. */
function verifyShared(hostPath: string): void {
  const path = existsSync(hostPath) ? realpathSync(hostPath) : hostPath;
  const outer = mountOf(path);
  if (outer?.isShared) return;
  throw new RuntimeError("InvalidConfig", `path ${path} is mounted on ${outer?.path} but it is not a shared mount`);
}

function isFileSource({ hostPath, containerPath }: Mount): boolean {
  const stats = statSync(hostPath, { throwIfNoEntry: false });
  if (!stats)
    throw new RuntimeError(
      "InvalidConfig",
      `mount ${containerPath}: no such file or directory on the node: ${hostPath}`,
    );
  return !stats.isDirectory();
}

function makeTarget(path: string, isFile: boolean): void {
  if (existsSync(path)) return;
  mkdirSync(isFile ? dirname(path) : path, { recursive: true });
  if (isFile) writeFileSync(path, "");
}

/** The source is resolved here: inside the container, its absolute symbolic links would lead elsewhere. */
export function podLine({ mount, isFile }: PlannedMount): MountLine {
  const made = isFile ? [] : ["X-mount.mkdir"];
  const propagation = propagationOptions[mount.propagation ?? "None"];
  return bindLine(
    OLD_ROOT + realpathSync(mount.hostPath),
    mount.containerPath,
    mount.readOnly,
    ...made,
    ...propagation,
  );
}
