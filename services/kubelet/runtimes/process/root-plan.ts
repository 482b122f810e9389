import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import type { ContainerPaths, ContainerRecord } from "./container-record.ts";
import { mappedMounts } from "./mapped-mounts.ts";
import { listMounts, mountOf } from "./mount-info.ts";
import { bindLine, keptApart, type MountLine, mountTable, overlayPath } from "./mount-table.ts";
import { orderedMounts, podLine } from "./pod-mounts.ts";
import { OLD_ROOT, TOOLS_PATH } from "./tools.ts";

/** How a container's root file system is put together; tables are paths of files for `mount --fstab`. */
export interface RootPlan {
  /** Commands before the first mount. */
  prepare: string[][];
  /** From where the root's layers are named. */
  layersDir: string;
  /** Whether a mount of the pod is shared with the machine: all others then have to be kept apart from it. */
  isShared: boolean;
  /** The root itself, read before the old root is left. */
  rootTable: string;
  /** What every container has: `/proc`, `/dev`, `/sys`. */
  baseTable: string;
  /** The machine's other disks that are shown; any of them may go at any moment. */
  disks: string[];
  /** What lies over what must not be seen of them, if any are shown. */
  maskTable?: string;
  /** What is copied to `/dev`. */
  devices: string[];
  /** What is copied to a path of its own. */
  podDevices: { from: string; to: string }[];
  /** Files that are made, where they are missing, to mount a file on. */
  files: string[];
  /** The pod's mounts, if it has any. */
  podTable?: string;
}

/** What a plan is made from, besides the container. */
export interface RootPlanParts {
  record: ContainerRecord;
  paths: ContainerPaths;
  toolsDir: string;
  /** The pod's `/dev/shm` on the machine. */
  sharedMemoryDir: string;
  layersInMemory: boolean;
  /** The container's control group, as it sees it below `/sys/fs/cgroup`. */
  groupDirectories: { directory: string; name: string }[];
  /** A directory of the machine that host images do not show. */
  maskedDir: string;
}

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
const MASKED_FILES = ["/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug"];
const MASKED_DIRS = ["/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware"];

/** Writes the tables of a container's root file system. @throws RuntimeError `InvalidConfig` for mounts that cannot be. */
export function planRoot(parts: RootPlanParts): RootPlan {
  const { record, paths, layersInMemory } = parts;
  const { privileged } = record.config.security;
  const tools = join(paths.layer, "upper", TOOLS_PATH);
  if (!layersInMemory) for (const dir of [tools, join(paths.layer, "work")]) mkdirSync(dir, { recursive: true });
  else mkdirSync(paths.layer, { recursive: true });
  mkdirSync(paths.root, { recursive: true });
  const ordered = orderedMounts(record.mounts);
  const mapped = record.users && mappedMounts(record.users, join(paths.dir, "mapped"), record, ordered);
  const mounts = mapped?.mounts ?? ordered;
  const upper = join(paths.layer, "upper");
  const isShared = sharesMounts(record);
  const write = (name: string, lines: MountLine[]) => {
    const path = join(paths.dir, name);
    writeFileSync(path, mountTable(isShared ? keptApart(lines) : lines));
    return path;
  };
  return {
    prepare: [
      // Nothing of the container may be mounted where the machine sees it.
      ...(isShared ? [["mount", "--make-private", mountOf(realpathSync(paths.dir))?.path ?? "/"]] : []),
      ...(layersInMemory
        ? [
            ["mount", "-t", "tmpfs", "tmpfs", paths.layer],
            ["mkdir", "-p", tools, join(paths.layer, "work")],
          ]
        : []),
      ...(mapped ? [["chown", mapped.owner, upper], ...mapped.prepare] : []),
    ],
    layersDir: mapped?.layersDir ?? record.layersDir,
    isShared,
    rootTable: write("root.tab", rootLines(parts, mapped?.layers ?? record.layers)),
    baseTable: write("base.tab", [...baseLines(parts.sharedMemoryDir, record), ...groupLines(parts.groupDirectories)]),
    disks: record.isHost ? hostDisks(parts.maskedDir) : [],
    ...(record.isHost ? { maskTable: write("mask.tab", maskLines(parts.maskedDir)) } : {}),
    devices: privileged ? [] : [`${TOOLS_PATH}/dev/.`, ...DEVICES.map((name) => `${OLD_ROOT}/dev/${name}`)],
    podDevices: podDevices(record.config),
    files: mounts.filter((mount) => mount.isFile && !mount.inside).map(({ mount }) => mount.containerPath),
    ...(mounts.length > 0 ? { podTable: write("pod.tab", mounts.map(podLine)) } : {}),
  };
}

/** Whether what a container mounts in one of its mounts is to reach the machine. */
export function sharesMounts({ mounts }: ContainerRecord): boolean {
  return mounts.some(({ propagation }) => propagation === "Bidirectional");
}

/** @throws RuntimeError `InvalidConfig` for a device that the machine's own `/dev` would get. */
function podDevices({ devices = [], security }: ContainerConfig): RootPlan["podDevices"] {
  return devices.map(({ hostPath, containerPath }) => {
    const to = posix.normalize(containerPath);
    if (security.privileged && to.startsWith("/dev/"))
      throw new RuntimeError("InvalidConfig", `device ${to}: a privileged process sees the machine's own /dev`);
    return { from: OLD_ROOT + hostPath, to };
  });
}

function rootLines({ paths, toolsDir }: RootPlanParts, layers: readonly string[]): MountLine[] {
  const options = [
    `lowerdir=${layers.map(overlayPath).join(":")}`,
    `upperdir=${overlayPath(join(paths.layer, "upper"))}`,
    `workdir=${overlayPath(join(paths.layer, "work"))}`,
  ];
  return [
    { source: "overlay", target: paths.root, type: "overlay", options },
    { source: toolsDir, target: paths.root + TOOLS_PATH, type: "none", options: ["bind", "ro"] },
  ];
}

function baseLines(sharedMemoryDir: string, { config, users }: ContainerRecord): MountLine[] {
  const { privileged, showsAllOfProc } = config.security;
  const guarded = ["nosuid", "nodev", "noexec"];
  const proc = { source: "proc", target: "/proc", type: "proc", options: [...guarded, "X-mount.mkdir"] };
  if (privileged) {
    const sys = { source: "sysfs", target: "/sys", type: "sysfs", options: [...guarded, "X-mount.mkdir"] };
    return [proc, sys, bindLine(`${OLD_ROOT}/dev`, "/dev", false, "X-mount.mkdir")];
  }
  const owner = users ? [`uid=${users.hostId}`, `gid=${users.hostId}`] : [];
  const tmpfs = (target: string, ...options: string[]) => ({ source: "tmpfs", target, type: "tmpfs", options });
  return [
    proc,
    { source: "sysfs", target: "/sys", type: "sysfs", options: ["ro", ...guarded, "X-mount.mkdir"] },
    tmpfs("/dev", "nosuid", "mode=755", "size=65536k", ...owner, "X-mount.mkdir"),
    {
      source: "devpts",
      target: "/dev/pts",
      type: "devpts",
      options: ["X-mount.mkdir", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
    },
    { source: "mqueue", target: "/dev/mqueue", type: "mqueue", options: ["X-mount.mkdir", ...guarded] },
    bindLine(OLD_ROOT + sharedMemoryDir, "/dev/shm", false, "X-mount.mkdir"),
    ...(showsAllOfProc
      ? []
      : [
          ...READ_ONLY.filter((path) => existsSync(path)).map((path) => bindLine(path, path, true)),
          ...MASKED_DIRS.filter((path) => existsSync(path)).map((path) => tmpfs(path, "ro", "size=4k")),
          ...MASKED_FILES.filter((path) => existsSync(path)).map((path) =>
            bindLine(`${OLD_ROOT}/dev/null`, path, false),
          ),
        ]),
  ];
}

/** Programs read their own limits there. */
function groupLines(directories: RootPlanParts["groupDirectories"]): MountLine[] {
  const target = "/sys/fs/cgroup";
  const several = directories.length > 1;
  const tmpfs = {
    source: "tmpfs",
    target,
    type: "tmpfs",
    options: ["nosuid", "nodev", "noexec", "mode=755", "size=64k"],
  };
  const binds = directories.map(({ directory, name }) =>
    bindLine(OLD_ROOT + directory, join(target, name), true, "X-mount.mkdir"),
  );
  return [...(several ? [tmpfs] : []), ...binds];
}

const DISK_TYPES = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "btrfs",
  "zfs",
  "f2fs",
  "overlay",
  "nfs",
  "nfs4",
  "9p",
  "virtiofs",
]);

/** The machine's other disks, read-only; not its running state, not other runtimes' data, not the cluster's own. */
function hostDisks(maskedDir: string): string[] {
  const hidden = [maskedDir, "/var/lib/docker", "/var/lib/containerd", "/run", "/proc", "/sys", "/dev"];
  const isHidden = (path: string) => hidden.some((dir) => path === dir || path.startsWith(`${dir}/`));
  return listMounts()
    .filter(({ path, type }) => DISK_TYPES.has(type) && path !== "/" && !isHidden(path) && isDirectory(path))
    .map(({ path }) => path);
}

/** What is mounted may be gone, or no longer answer, before it is looked at. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function maskLines(maskedDir: string): MountLine[] {
  const memory = (target: string, ...options: string[]) => ({
    source: "tmpfs",
    target,
    type: "tmpfs",
    options: ["nosuid", "nodev", ...options],
  });
  return [memory("/run", "mode=755"), memory(maskedDir, "ro", "size=4k", "X-mount.mkdir")];
}
