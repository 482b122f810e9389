import type { Clock } from "../../../../lib/base/clock.ts";
import { type AttachRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import type { Containers } from "./containers.ts";
import { type CriClient, runtimeMethods } from "./cri-client.ts";
import { notRunning, streamTypes } from "./exec.ts";
import { openStreams } from "./stream-connection.ts";
import { exitCodeFrom, outputsRead, sessionStreams } from "./stream-session.ts";

/** Joins a running container, from now on. @throws RuntimeError `NotFound`, `NotRunning`. */
export async function startAttach(
  client: CriClient,
  containers: Containers,
  clock: Clock,
  containerId: string,
  request: AttachRequest,
): Promise<ExecSession> {
  const { status, record } = await containers.details(containerId);
  if (status.state !== "Running") throw new RuntimeError("NotRunning", `container ${containerId} is not running`);
  const { tty } = record;
  const stdin = request.stdin && record.stdin;
  const call = { containerId, stdin, tty, stdout: true, stderr: !tty };
  const { url = "" } = await client.runtime(runtimeMethods.attach, call).catch((error: unknown) => {
    throw notRunning(error);
  });
  const connection = await openStreams(url, streamTypes(stdin, tty), clock);
  const streams = sessionStreams(connection);
  // However the stream ends, the container runs on or has told its own end.
  const ended = exitCodeFrom(connection.streams.get("error")).catch(() => 0);
  const exitCode = ended
    .then(() => outputsRead(streams))
    .then(() => {
      connection.session.end();
      return 0;
    });
  return { ...streams, exitCode, kill: async () => connection.session.destroy() };
}
