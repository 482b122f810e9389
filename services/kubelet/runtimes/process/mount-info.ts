import { readFileSync } from "node:fs";
import { runCommand } from "../../network/command.ts";

/** One mount of this process's namespace. */
export interface MountedPath {
  path: string;
  /** Such as `ext4`. */
  type: string;
  /** Of this mount, not of its file system: `ro`, `noexec`, … */
  options: string[];
}

/** What is mounted, in the order of mounting. */
export function listMounts(): MountedPath[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [, , , , path = "", options = ""] = before.split(" ");
      return { path: unescapePath(path), type: after.split(" ")[0] ?? "", options: options.split(",") };
    });
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
  if (below.length > 0) await runCommand(["umount", "--lazy", ...below.reverse()]);
}

/** The kernel writes spaces and the like as octal numbers. */
function unescapePath(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
}
