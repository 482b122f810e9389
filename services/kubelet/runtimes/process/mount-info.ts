import { readFileSync } from "node:fs";

/** One mount of this process's namespace. */
export interface MountedPath {
  path: string;
  /** Such as `ext4`. */
  type: string;
}

/** What is mounted, in the order of mounting. */
export function listMounts(): MountedPath[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      return { path: unescapePath(before.split(" ")[4] ?? ""), type: after.split(" ")[0] ?? "" };
    });
}

/** The kernel writes spaces and the like as octal numbers. */
function unescapePath(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
}
