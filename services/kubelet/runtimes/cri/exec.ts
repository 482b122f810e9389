import type { Clock } from "../../../../lib/base/clock.ts";
import { type ExecRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import type { Containers } from "./containers.ts";
import { type CriClient, isRefusal, runtimeMethods } from "./cri-client.ts";
import { findCommand, uptimeTicks } from "./exec-process.ts";
import { openStreams, type StreamType } from "./stream-connection.ts";
import { exitCodeFrom, outputsRead, sessionStreams } from "./stream-session.ts";

/** How long the runtime may take to tell the end of a command that was killed. */
const killedMsMax = 5_000;
const killedCode = 137;

/** Runs `request.command` in a running container. @throws RuntimeError `NotFound`, `NotRunning`; `exitCode` rejects with `StartFailed`. */
export async function startExec(
  client: CriClient,
  containers: Containers,
  clock: Clock,
  containerId: string,
  request: ExecRequest,
): Promise<ExecSession> {
  const { command, stdin, tty } = request;
  await containers.details(containerId);
  const call = { containerId, cmd: command, tty, stdin, stdout: true, stderr: !tty };
  const { url = "" } = await client.runtime(runtimeMethods.exec, call).catch((error: unknown) => {
    throw notRunning(error);
  });
  const startedTicks = await uptimeTicks();
  const connection = await openStreams(url, streamTypes(stdin, tty), clock);
  const streams = sessionStreams(connection);
  let killed = false;
  let ended = false;
  const told = exitCodeFrom(connection.streams.get("error")).catch((error: unknown) => {
    if (killed && error instanceof RuntimeError && error.code === "Unavailable") return killedCode;
    throw error;
  });
  const exitCode = told
    .finally(() => outputsRead(streams))
    .finally(() => {
      ended = true;
      connection.session.end();
    });
  exitCode.catch(() => {}); // the caller may have no use for it
  const kill = async () => {
    if (ended || killed) return;
    killed = true;
    const init = await containers.process(containerId).catch(() => undefined); // gone already
    const pid = init === undefined ? undefined : await findCommand(init, command, startedTicks);
    if (pid !== undefined) endGroup(pid);
    const late = clock.schedule(pid === undefined ? 0 : killedMsMax, () => connection.session.destroy());
    void connection.session.closed.then(late);
  };
  return { ...streams, exitCode, kill };
}

/** The streams that exec and attach need, in the order in which they are opened. */
export function streamTypes(stdin: boolean, tty: boolean): StreamType[] {
  return ["error", ...(stdin ? (["stdin"] as const) : []), "stdout", tty ? "resize" : "stderr"];
}

/** A refusal to give a stream is for the container's state, unless there is no such container. */
export function notRunning(error: unknown): unknown {
  if (!isRefusal(error) || error.code === "NotFound") return error;
  return new RuntimeError("NotRunning", error.message, { cause: error });
}

/** A command leads a process group of its own. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Ended meanwhile, or not ours to kill; the caller is rid of its streams all the same.
  }
}
