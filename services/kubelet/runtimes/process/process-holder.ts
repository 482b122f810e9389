import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { CommandError } from "../../network/command.ts";
import { withoutInheritedDescriptors } from "./inherited-descriptors.ts";
import { type ProcessIdentity, parseIdentity } from "./process-identity.ts";
import { readIfThere } from "./state-file.ts";

const startMsMax = 30_000;

/** Leaves its identity in the file `$1`, and then only waits: for what containers have left behind, too. */
const script = `read -r stat < /proc/self/stat
printf '%s\\n' "$stat" > "$1.new" && mv "$1.new" "$1" || exit 1
echo ok
exec > /dev/null
while :; do sleep 2147483 & wait; done`;

/**
 * Starts the first process of a process namespace that the containers of a pod share; it outlives the kubelet. `enter` are
 * the words that run a command in the pod's other namespaces. @throws CommandError
 */
export async function startProcessHolder(enter: readonly string[], directory: string): Promise<ProcessIdentity> {
  const words = [...enter, "unshare", "--pid", "--fork", "sh", "-c", script, "holder", fileOf(directory)];
  const [file = "", ...args] = withoutInheritedDescriptors(words);
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  child.unref();
  try {
    await Promise.race([
      once(child.stdout, "data", { signal: AbortSignal.timeout(startMsMax) }),
      once(child, "exit").then(([code]) => {
        throw new CommandError(words, Number(code), "a namespace for processes cannot be made");
      }),
    ]);
  } finally {
    child.stdout.destroy();
  }
  const identity = findProcessHolder(directory);
  if (identity) return identity;
  throw new CommandError(words, undefined, "the holder of a namespace for processes has not said who it is");
}

/** The holder that was started for a directory; undefined when none was. */
export function findProcessHolder(directory: string): ProcessIdentity | undefined {
  const stat = readIfThere(fileOf(directory));
  return stat === undefined ? undefined : parseIdentity(stat);
}

function fileOf(directory: string): string {
  return join(directory, "holder");
}
