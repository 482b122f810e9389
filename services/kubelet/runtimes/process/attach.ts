import { once } from "node:events";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { PassThrough, type Writable } from "node:stream";
import type { Clock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { type AttachRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import type { Container } from "./container.ts";

/** How long the supervisor may take to open the input. */
const INPUT_TIMEOUT_MS = 2_000;

/** Joins a running container: its output as it is collected, its input by the FIFO of its supervisor. */
export async function startAttach(clock: Clock, container: Container, request: AttachRequest): Promise<ExecSession> {
  const { process: target, record, paths } = container;
  if (!target) throw new RuntimeError("NotRunning", `container ${record.id} is not running`);
  const { stdin: hasInput, stdinOnce, tty } = record.config;
  const fifo = join(paths.run, stdinOnce ? "input" : "stdin");
  const stdin = request.stdin && hasInput ? await openInput(clock, fifo) : undefined;
  const stdout = new PassThrough();
  const stderr = tty ? undefined : new PassThrough();
  const leaving = new AbortController();
  let place = () => {};
  const placed = new Promise<void>((resolve) => {
    place = resolve;
  });
  const ended = copyOutput(container, stdout, stderr ?? stdout, leaving.signal, place).finally(() => {
    stdin?.destroy();
    stdout.end();
    stderr?.end();
  });
  // Before anybody writes: the answer to the first input must not be taken for older output.
  await Promise.race([placed, ended]);
  return {
    ...(stdin && { stdin }),
    stdout,
    ...(stderr && { stderr }),
    exitCode: ended.then(() => 0),
    resize: async (columns, rows) => {
      if (!tty) return;
      const terminal = `/proc/${target.pid}/fd/0`;
      await runCommand(["stty", "-F", terminal, "cols", String(columns), "rows", String(rows)]);
    },
    kill: async () => leaving.abort(),
  };
}

async function copyOutput(
  container: Container,
  stdout: Writable,
  stderr: Writable,
  signal: AbortSignal,
  onPlaced: () => void,
): Promise<void> {
  for await (const { stream, line } of container.logs({ follow: true, tailLines: 0 }, signal, onPlaced)) {
    const target = stream === "stderr" ? stderr : stdout;
    if (!target.write(line)) await once(target, "drain", { signal }).catch(() => {});
  }
}

/** Undefined when nobody reads: input that is taken once was ended before. */
async function openInput(clock: Clock, fifo: string): Promise<Socket | undefined> {
  const deadline = clock.monotonic() + INPUT_TIMEOUT_MS;
  for (;;) {
    try {
      const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      const socket = new Socket({ fd, readable: false, writable: true });
      // Who does not read any more is judged by its output and its end.
      return socket.on("error", () => {});
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "ENXIO" && code !== "ENOENT") throw error;
      if (clock.monotonic() > deadline) return undefined;
      await clock.sleep(10);
    }
  }
}
