import { mkdir, rmdir } from "node:fs/promises";
import { CommandError, runCommand } from "../../network/command.ts";
import { RuntimeError } from "../runtime.ts";

/** Where containerd keeps what it was asked for by CRI. */
const namespace = "k8s.io";
const mountMsMax = 120_000;

/**
 * Shows an image's files at an empty directory, with containerd's own tool: before version 2.1 it has no other way.
 * @throws RuntimeError `InvalidConfig`
 */
export async function mountCriImage(socketPath: string, image: string, directory: string): Promise<void> {
  const ctr = (...args: string[]) =>
    runCommand(["ctr", "--address", socketPath, "--namespace", namespace, ...args], { timeoutMs: mountMsMax });
  // What the tool mounts belongs to a lease of a day: a view of it lasts.
  const lent = `${directory}.lent`;
  await mkdir(lent, { recursive: true });
  try {
    await ctr("images", "mount", image, lent);
    await bindSealed(lent, directory);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RuntimeError("InvalidConfig", `the image cannot be mounted: ${error.stderr.trim()}`, { cause: error });
  } finally {
    await ctr("images", "unmount", "--rm", lent).catch(() => {});
    await ctr("leases", "delete", lent).catch(() => {});
    await rmdir(lent).catch(() => {});
  }
}

async function bindSealed(source: string, target: string): Promise<void> {
  await runCommand(["mount", "--bind", source, target]);
  try {
    await runCommand(["mount", "-o", "remount,bind,ro,noexec,nosuid,nodev", target]);
  } catch (error) {
    await runCommand(["umount", target]);
    throw error;
  }
}
