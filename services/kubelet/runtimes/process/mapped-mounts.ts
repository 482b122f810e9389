import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import type { ContainerRecord, PodUsers } from "./container-record.ts";
import type { PlannedMount } from "./pod-mounts.ts";
import { readIfThere } from "./state-file.ts";

/** Layers of containers can be mapped from this version of Linux on. */
const kernelMin = [5, 19] as const;
const perl = "/usr/bin/perl";

/** What a container of a pod with users of its own sees of the machine's files, owned by the pod's users in its eyes. */
export interface MappedMounts {
  /** The commands that make the mounts. */
  prepare: string[][];
  layersDir: string;
  layers: string[];
  mounts: PlannedMount[];
  /** Who owns the container's root, as `USER:GROUP` of the machine. */
  owner: string;
}

/** Whether this machine has what mapping takes; whether its disks do is seen with each of them. */
export function canMapUsers(): boolean {
  const [major = 0, minor = 0] = release()
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  const isNew = major > kernelMin[0] || (major === kernelMin[0] && minor >= kernelMin[1]);
  return isNew && existsSync(perl) && Number(readIfThere("/proc/sys/user/max_user_namespaces") ?? 0) > 0;
}

/** Plans a mount below `dir` for each layer and each mount of a container, to be taken in their place. */
export function mappedMounts(
  { path, hostId }: PodUsers,
  dir: string,
  { layersDir, layers }: Pick<ContainerRecord, "layersDir" | "layers">,
  mounts: readonly PlannedMount[],
): MappedMounts {
  const pairs: string[] = [];
  const show = (source: string, name: string, isFile: boolean) => {
    const target = join(dir, name);
    if (isFile) writeFileSync(target, "");
    else mkdirSync(target, { recursive: true });
    pairs.push(realpathSync(source), target);
    return target;
  };
  mkdirSync(dir, { recursive: true });
  for (const [index, layer] of layers.entries()) show(join(layersDir, layer), String(index), false);
  const shown = mounts.map((planned, index): PlannedMount => {
    const hostPath = show(planned.mount.hostPath, `mount-${index}`, planned.isFile);
    return { ...planned, mount: { ...planned.mount, hostPath } };
  });
  return {
    prepare: [[perl, "-e", SCRIPT, path, ...pairs]],
    layersDir: dir,
    layers: layers.map((_, index) => String(index)),
    mounts: shown,
    owner: `${hostId}:${hostId}`,
  };
}

/**
 * Binds each source at the target after it, its owners mapped by the user namespace that comes first. No program of
 * older machines does that, so the kernel is asked by number: open_tree (a copy), mount_setattr (idmap), move_mount.
 */
const SCRIPT = `use strict;
my $none = "";
my ($users, @paths) = @ARGV;
open(my $namespace, "<", $users) or die "$users: $!\\n";
while (my ($source, $target) = splice(@paths, 0, 2)) {
  my $mount = syscall(428, -100, $source, 0x80001);
  die "$source: $!\\n" if $mount < 0;
  my $mapping = pack("QQQQ", 0x100000, 0, 0, fileno($namespace));
  syscall(442, $mount, $none, 0x1000, $mapping, 32) == 0
    or die "$source: its file system cannot be shown to users of a pod (idmapped mount): $!\\n";
  syscall(429, $mount, $none, -100, $target, 4) == 0 or die "$target: $!\\n";
  open(my $handle, "<&=", $mount) or die "$target: $!\\n";
  close($handle);
}`;
