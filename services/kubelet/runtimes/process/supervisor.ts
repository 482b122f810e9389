import { spawn } from "node:child_process";
import { constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { RuntimeError } from "../runtime.ts";
import { withoutInheritedDescriptors } from "./inherited-descriptors.ts";
import { CHUNK_BYTES } from "./output-collector.ts";

/**
 * A small shell process per container, in a session of its own, that outlives the kubelet: it runs the container in
 * `$1`, keeps its output in files of bounded size that the kubelet removes, and leaves the exit code in `exit`.
 * Whoever reads the FIFO `alive` sees its end. The command gets its stderr as descriptor 5, and says what is wrong
 * before it runs on descriptor 3; what the shell itself says, such as `Killed`, is nobody's output. Other arguments:
 * `$2` is `open` to keep the input open, `once` to end it when the first who feeds it by the FIFO `input` has gone, `$3` is `group` when what is left of the process group must be killed at the
 * end, then the command.
 */
export const SUPERVISOR_SCRIPT = `cd "$1" || exit 125
stdin=$2 kill=$3
shift 3
mkfifo -m 622 stdout stderr && mkfifo -m 600 alive stdin || exit 125
exec 9<>alive
split -b ${CHUNK_BYTES} -a 7 -d - stdout. < stdout 3>&- 9>&- &
readers=$!
split -b ${CHUNK_BYTES} -a 7 -d - stderr. < stderr 3>&- 9>&- &
readers="$readers $!"
feeder=
case $stdin in
open) exec 8<>stdin ;;
once)
  mkfifo -m 600 input || exit 125
  cat > stdin < input 3>&- 9>&- &
  feeder=$!
  exec 8< stdin ;;
*) exec 8</dev/null ;;
esac
( exec "$@" 2>&3 ) <&8 > stdout 5> stderr 8<&- 9>&-
code=$?
exec 3>&-
[ -z "$feeder" ] || kill "$feeder" 2>/dev/null
if [ "$kill" = group ]; then
  if read -r pid rest 2>/dev/null < pid; then kill -s KILL -- "-$pid" 2>/dev/null; fi
  # What left the group may hold the output open: it is not waited for.
  { sleep 1 & nap=$!; trap 'kill $nap; exit' TERM; wait $nap; kill $readers; } 2>/dev/null 9>&- &
  limit=$!
  wait $readers
  kill $limit 2>/dev/null
  wait $limit
else
  wait
fi
echo "$code" > exit
`;

/** How a container is to be supervised. */
export interface SupervisedStart {
  /** The file that holds `SUPERVISOR_SCRIPT`. */
  script: string;
  runDir: string;
  stdin: "none" | "open" | "once";
  killGroup: boolean;
  command: string[];
}

/**
 * Starts a supervisor and waits until the container says over descriptor 3 that it runs (`ok`, then its own
 * `/proc/self/stat`), which is the answer. @throws RuntimeError `StartFailed` with what it said instead.
 */
export function startSupervised(start: SupervisedStart, timeoutMs = 30_000): Promise<string> {
  const modes = [start.stdin, start.killGroup ? "group" : "none"];
  const words = ["/bin/sh", start.script, start.runDir, ...modes, ...start.command];
  const [file = "", ...args] = withoutInheritedDescriptors(words);
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", SHELL: "/bin/sh" },
  });
  child.unref();
  const channel = child.stdio[3];
  if (!(channel instanceof Socket)) throw new Error("the supervisor has no channel");
  return new Promise((resolve, reject) => {
    let said = "";
    const settle = (act: () => void) => {
      clearTimeout(timer);
      channel.destroy();
      act();
    };
    const refuse = (text: string) => settle(() => reject(new RuntimeError("StartFailed", text)));
    const timer = setTimeout(() => {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
      refuse(`the container did not start within ${timeoutMs / 1_000} s: ${said.trim()}`);
    }, timeoutMs);
    channel.setEncoding("utf8");
    channel.on("data", (text: string) => {
      said += text;
      const ok = /^ok (.*)\n/m.exec(said);
      if (ok) settle(() => resolve(ok[1] ?? ""));
    });
    channel.on("error", () => {});
    child.on("error", (error) => refuse(error.message));
    child.on("close", (code) => refuse(said.trim() || `its supervisor ended with exit code ${code}`));
  });
}

/** Watches a supervisor's end; undefined when it has already ended. */
export function watchSupervisor(runDir: string, onEnd: () => void): { close(): void } | undefined {
  let fd: number;
  try {
    fd = openSync(join(runDir, "alive"), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  if (!hasWriter(fd)) {
    socket.destroy();
    return undefined;
  }
  socket.on("end", onEnd);
  socket.on("error", onEnd);
  socket.resume();
  return {
    close: () => {
      socket.removeAllListeners("end");
      socket.destroy();
    },
  };
}

/** A FIFO without writers reads as ended, one with writers as empty for now. */
function hasWriter(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return true;
    throw error;
  }
}
