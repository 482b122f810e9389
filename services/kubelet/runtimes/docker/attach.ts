import { Duplex } from "node:stream";
import type { Clock } from "../../../../lib/base/clock.ts";
import { untilQuiet } from "../quiet-output.ts";
import { type AttachRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import { type DockerClient, dockerMessage, dockerStatus } from "./docker-client.ts";
import { type ExecOutput, inputOf, startOutput } from "./exec.ts";

/** How long nothing may come, twice in turn, from a container that has ended. */
const drainMs = 250;

/** What of Docker's knowledge of a container counts. */
interface Attached {
  State: { Running: boolean };
  Config: { Tty: boolean; OpenStdin: boolean };
}

/** Joins a running container, from now on. @throws RuntimeError `NotFound`, `NotRunning`. */
export async function startAttach(
  client: DockerClient,
  clock: Clock,
  containerId: string,
  { State, Config }: Attached,
  request: AttachRequest,
): Promise<ExecSession> {
  if (!State.Running) throw new RuntimeError("NotRunning", `container ${containerId} is not running`);
  const container = client.docker.getContainer(containerId);
  const takesInput = request.stdin && Config.OpenStdin;
  const options = { stream: true, hijack: true, stdin: takesInput, stdout: true, stderr: true };
  const socket = await client
    .call("attach", () => container.attach(options))
    .catch((error: unknown) => {
      if (dockerStatus(error) === 409) throw new RuntimeError("NotRunning", dockerMessage(error), { cause: error });
      throw error;
    });
  if (!(socket instanceof Duplex)) throw new RuntimeError("Unavailable", "attach: Docker gives no connection");
  socket.on("error", () => {}); // seen by whoever reads
  const output = startOutput(socket, Config.Tty);
  setImmediate(output.release);
  void leaveWhatHasEnded(client, clock, containerId, socket, output);
  return {
    ...(takesInput ? { stdin: inputOf(socket) } : {}),
    stdout: output.stdout,
    ...(output.stderr ? { stderr: output.stderr } : {}),
    exitCode: output.ended.then(() => {
      socket.destroy();
      return 0;
    }),
    resize: async (columns, rows) => {
      await client.call("resize", () => container.resize({ w: columns, h: rows }));
    },
    kill: async () => void socket.destroy(),
  };
}

/** Docker lets its client join a container that has just ended, and then waits for the container's next start. */
async function leaveWhatHasEnded(
  client: DockerClient,
  clock: Clock,
  containerId: string,
  socket: Duplex,
  { waiting, ended }: ExecOutput,
): Promise<void> {
  const left = new AbortController();
  void ended.then(() => left.abort());
  const hasEnded = await client
    .call("inspect container", () => client.docker.getContainer(containerId).inspect())
    .then(
      ({ State }) => !State.Running,
      (error: unknown) => dockerStatus(error) === 404,
    );
  if (!hasEnded) return;
  await untilQuiet(clock, drainMs, waiting, left.signal);
  socket.destroy();
}
