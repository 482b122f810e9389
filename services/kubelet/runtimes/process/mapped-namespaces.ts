import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { CommandError, runCommand } from "../../network/command.ts";
import type { UserNamespace } from "../runtime.ts";
import { withoutInheritedDescriptors } from "./inherited-descriptors.ts";
import { shellWords } from "./shell-words.ts";

const startMsMax = 30_000;

/**
 * Makes namespaces (`net`, `uts`, …, with `user` among them, which owns the others) and binds each at its path; nobody
 * is in them then. @throws CommandError
 */
export async function makeMappedNamespaces(
  names: readonly string[],
  { hostId, length }: UserNamespace,
  pathOf: (name: string) => string,
): Promise<void> {
  const words = ["unshare", ...names.map((name) => `--${name}`), "sh", "-c", "echo made; exec cat"];
  const [file = "", ...args] = withoutInheritedDescriptors(words);
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(child, "exit");
  try {
    await Promise.race([
      once(child.stdout, "data", { signal: AbortSignal.timeout(startMsMax) }),
      ended.then(([code]) => {
        throw new CommandError(words, Number(code), "a namespace for the pod's users cannot be made");
      }),
    ]);
    for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${child.pid}/${map}`, `0 ${hostId} ${length}\n`);
    const binds = names.map((name) => shellWords(["mount", "--bind", `/proc/${child.pid}/ns/${name}`, pathOf(name)]));
    await runCommand(["sh", "-ec", binds.join("\n")]);
  } finally {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  }
}
