import { runCommand } from "../network/command.ts";
import { listMounts } from "../runtimes/process/mount-info.ts";

/** Whether something is mounted at exactly this path. */
export function isMounted(path: string): boolean {
  return listMounts().some((mount) => mount.path === path);
}

/** Unmounts all that is mounted below a folder, also where it is still in use. */
export async function unmountBelow(directory: string): Promise<void> {
  const paths = listMounts()
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${directory}/`));
  if (paths.length > 0) await runCommand(["umount", "--lazy", ...paths.reverse()]);
}
