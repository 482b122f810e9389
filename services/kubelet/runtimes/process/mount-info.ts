import { readFileSync } from "node:fs";
import { CommandError, runCommand } from "../../network/command.ts";

/** One mount of this process's namespace. */
export interface MountedPath {
  path: string;
  /** Such as `ext4`. */
  type: string;
  /** Of this mount, not of its file system: `ro`, `noexec`, … */
  options: string[];
  /** Whether what is mounted below it is so in copies of this namespace, too. */
  isShared: boolean;
}

/** What is mounted, in the order of mounting. */
export function listMounts(): MountedPath[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [, , , , path = "", options = "", ...others] = before.split(" ");
      const isShared = others.some((field) => field.startsWith("shared:"));
      return { path: unescapePath(path), type: after.split(" ")[0] ?? "", options: options.split(","), isShared };
    });
}

/** The mount that a path, without links in it, belongs to. */
export function mountOf(path: string): MountedPath | undefined {
  const below = listMounts().filter((mount) => mount.path === "/" || `${path}/`.startsWith(`${mount.path}/`));
  return below.toSorted((left, right) => left.path.length - right.path.length).at(-1);
}

/** Whether something is mounted at exactly this path. */
export function isMounted(path: string): boolean {
  return listMounts().some((mount) => mount.path === path);
}

/** Unmounts all that is mounted below a folder, also where it is still in use. */
export async function unmountBelow(directory: string): Promise<void> {
  const paths = listMounts().map(({ path }) => path);
  const below = paths.filter((path) => path.startsWith(`${directory}/`));
  // Deepest first.
  if (below.length > 0) await unmount(below.reverse());
}

/** Some may go by themselves meanwhile: with a mount that they are shared with. All others are unmounted all the same. */
export async function unmount(paths: readonly string[]): Promise<void> {
  await runCommand(["umount", "--lazy", ...paths]).catch((error: unknown) => {
    if (!(error instanceof CommandError && hasGone(error.stderr))) throw error;
  });
}

function hasGone(complaints: string): boolean {
  const lines = complaints.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => /not mounted|no mount point|not found/.test(line));
}

/** The kernel writes spaces and the like as octal numbers. */
function unescapePath(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
}
