import { accessSync, constants, lstatSync, readlinkSync, statSync } from "node:fs";
import { posix } from "node:path";

const LINKS_MAX = 40;

/**
 * Where `path` leads when `root` is taken as `/`: symbolic links never lead out of it. The answer is a path of this
 * process; undefined when a part is missing.
 */
export function resolveInRoot(root: string, path: string): string | undefined {
  let pending = posix.normalize(`/${path}`).split("/").filter(Boolean);
  let done: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const [part = "", ...rest] = pending;
    pending = rest;
    if (part === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const here = [root, ...done, part].join("/");
    const entry = lstatSync(here, { throwIfNoEntry: false });
    if (!entry) return undefined;
    if (!entry.isSymbolicLink()) {
      done = [...done, part];
      continue;
    }
    if (++links > LINKS_MAX) return undefined;
    const target = readlinkSync(here);
    if (target.startsWith("/")) done = [];
    pending = [...target.split("/").filter((name) => name !== "" && name !== "."), ...pending];
  }
  return [root, ...done].join("/");
}

/** Why `command` cannot be run under `root`, in the words that users of containers know; undefined when it can. */
export function commandProblem(
  root: string,
  command: string,
  searchPath: string,
  workingDir: string,
): string | undefined {
  const quoted = JSON.stringify(command);
  if (command.includes("/")) {
    const path = resolveInRoot(root, posix.resolve(workingDir, command));
    if (!path) return `exec: ${quoted}: stat ${command}: no such file or directory`;
    return isProgram(path) ? undefined : `exec: ${quoted}: permission denied`;
  }
  const found = searchPath.split(":").some((dir) => {
    const path = resolveInRoot(root, posix.join(posix.resolve(workingDir, dir), command));
    return path !== undefined && isProgram(path);
  });
  return found ? undefined : `exec: ${quoted}: executable file not found in $PATH`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
