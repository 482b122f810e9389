import { once } from "node:events";
import { type Duplex, PassThrough, Writable } from "node:stream";
import type { Exec, ExecInspectInfo } from "dockerode";
import type { Clock } from "../../../../lib/base/clock.ts";
import { untilQuiet, type WaitingOutput } from "../quiet-output.ts";
import { type ExecRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import { type DockerClient, dockerMessage, dockerStatus } from "./docker-client.ts";
import { readFrames } from "./stream-frames.ts";

/** How long Docker may take to start a command, or to record its end. */
const transitionDeadlineMs = 60_000;
/** How often a command is asked whether it has ended although its stream has not. */
const watchIntervalMs = 1_000;
/** How long nothing may come from a command that has ended, twice in turn, before its stream is taken to have ended. */
const drainMs = 250;
/** How long the output of a command that ended at once is waited for. */
const beginningMs = 500;
/** How long Docker may take to tell why a command could not be started. */
const reasonDeadlineMs = 5_000;

/** Runs `request.command` in a running container. @throws RuntimeError `NotFound`, `NotRunning`, `StartFailed`. */
export async function startExec(
  client: DockerClient,
  clock: Clock,
  containerId: string,
  request: ExecRequest,
): Promise<ExecSession> {
  const exec = await createExec(client, containerId, request);
  const begin = () => client.call("start exec", () => exec.start({ hijack: true, stdin: true, Tty: request.tty }));
  const socket = await begin().catch(refused);
  socket.on("error", () => {}); // seen by whoever reads
  const inspect = () => client.call("inspect exec", () => exec.inspect());
  const output = startOutput(socket, request.tty);
  try {
    const started = await waitUntilStarted(clock, inspect, output);
    if (!started.Running) {
      if (started.ExitCode === null) throw new RuntimeError("NotRunning", output.beginning().trim());
      await Promise.race([output.begun, clock.sleep(couldNotStart(started) ? reasonDeadlineMs : beginningMs)]);
      throwIfNotStarted(started, output.beginning());
    }
  } catch (error) {
    socket.destroy();
    output.release();
    throw error;
  }
  const exitCode = watchEnd(clock, inspect, socket, output);
  exitCode.catch(() => {}); // the caller may have no use for it
  setImmediate(output.release);
  return {
    ...(request.stdin ? { stdin: inputOf(socket) } : {}),
    stdout: output.stdout,
    ...(output.stderr ? { stderr: output.stderr } : {}),
    exitCode,
    resize: async (columns, rows) => {
      await client.call("resize exec", () => exec.resize({ w: columns, h: rows }));
    },
    kill: () => killExec(inspect, socket),
  };
}

async function createExec(client: DockerClient, containerId: string, request: ExecRequest): Promise<Exec> {
  const options = {
    Cmd: request.command,
    AttachStdin: request.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty,
  };
  return client.call("create exec", () => client.docker.getContainer(containerId).exec(options)).catch(refused);
}

/** A container may also end between the questions. */
function refused(error: unknown): never {
  if (dockerStatus(error) === 409) throw new RuntimeError("NotRunning", dockerMessage(error), { cause: error });
  throw error;
}

/**
 * What Docker knows of a command once it has begun, ended or failed. Docker lets its client in before it starts the command: one
 * that does not run and has no exit code is still to come, unless Docker has said something already.
 */
async function waitUntilStarted(
  clock: Clock,
  inspect: () => Promise<ExecInspectInfo>,
  { begun }: ExecOutput,
): Promise<ExecInspectInfo> {
  let hasBegun = false;
  let isAnswered = false;
  void begun.then(() => {
    hasBegun = true;
  });
  const ask = () => {
    isAnswered = hasBegun;
    return inspect();
  };
  return waitFor(
    clock,
    ask,
    ({ Pid, Running, ExitCode }) => Pid > 0 || (!Running && (ExitCode !== null || isAnswered)),
  );
}

/** Docker writes why a command could not be started where its output would have been. */
function throwIfNotStarted(info: ExecInspectInfo, beginning: string): void {
  if (couldNotStart(info) && /^OCI runtime exec failed|^failed to/.test(beginning)) {
    throw new RuntimeError("StartFailed", beginning.trim());
  }
}

/** A shell that ran may say the same. */
function couldNotStart({ ExitCode }: ExecInspectInfo): boolean {
  return ExitCode === 126 || ExitCode === 127 || ExitCode === 128;
}

/** What a command or container writes. */
export interface ExecOutput {
  stdout: PassThrough;
  stderr?: PassThrough;
  /** Resolves when Docker's stream has ended, however it did. */
  ended: Promise<void>;
  /** Resolves at the first output, or the end. */
  begun: Promise<void>;
  /** Whether more may be on the way to the reader. */
  waiting: WaitingOutput;
  /** The first bytes of the output, as text. */
  beginning(): string;
  /** Lets output flow to `stdout` and `stderr`: not before the caller has them and may listen. */
  release(): void;
}

/** Takes the output of a hijacked connection apart. */
export function startOutput(socket: Duplex, tty: boolean): ExecOutput {
  const stdout = new PassThrough();
  const stderr = tty ? undefined : new PassThrough();
  let beginning = "";
  let frames = 0;
  const [begun, begin] = gate();
  const [released, release] = gate();
  const copy = async (): Promise<void> => {
    try {
      for await (const { stream, payload } of readFrames(socket, tty)) {
        frames++;
        if (beginning.length < 4096) beginning += payload.toString("utf8", 0, 4096);
        begin();
        await released;
        await write(stream === "stderr" && stderr ? stderr : stdout, payload);
      }
    } catch {
      // A stream cut off ends the output; what became of the command, `inspect` knows.
    }
    begin();
    await released;
    stdout.end();
    stderr?.end();
  };
  const waiting = {
    progress: () => frames,
    isBehind: () => stdout.writableNeedDrain || stderr?.writableNeedDrain === true,
  };
  return { stdout, ...(stderr ? { stderr } : {}), ended: copy(), begun, waiting, beginning: () => beginning, release };
}

/** A promise, and what resolves it. */
function gate(): [Promise<void>, () => void] {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, open];
}

/** Waits while the reader is slow; a reader that has gone takes nothing. */
async function write(target: PassThrough, payload: Buffer): Promise<void> {
  if (target.destroyed || target.write(payload)) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(target, "drain", { signal }), once(target, "close", { signal })]).finally(() =>
    settled.abort(),
  );
}

/** A writable whose end closes the command's input and leaves its output open. */
export function inputOf(socket: Duplex): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      if (!socket.writable) return done(); // the command has ended
      socket.write(chunk, () => done());
    },
    final: (done) => {
      if (!socket.writable) return done();
      socket.end(() => done());
    },
  });
}

/** The exit code, once output and command have both ended; rejects when the command could not be started after all. Docker's stream alone may never end: a child can hold it. */
async function watchEnd(
  clock: Clock,
  inspect: () => Promise<ExecInspectInfo>,
  socket: Duplex,
  output: ExecOutput,
): Promise<number> {
  const watching = new AbortController();
  const watch = watchCommand(clock, inspect, socket, output, watching.signal);
  await output.ended;
  watching.abort();
  await watch;
  socket.destroy();
  const ended = await waitFor(clock, inspect, (info) => !info.Running);
  // A busy daemon may call a command running that turns out not to be there.
  throwIfNotStarted(ended, output.beginning());
  return ended.ExitCode ?? 0;
}

async function watchCommand(
  clock: Clock,
  inspect: () => Promise<ExecInspectInfo>,
  socket: Duplex,
  { waiting }: ExecOutput,
  signal: AbortSignal,
): Promise<void> {
  try {
    do await clock.sleep(watchIntervalMs, signal);
    while ((await inspect()).Running);
    await untilQuiet(clock, drainMs, waiting, signal);
  } catch {
    // Aborted, or Docker is gone: either way nothing more will come.
  }
  if (!signal.aborted) socket.destroy();
}

async function waitFor(
  clock: Clock,
  inspect: () => Promise<ExecInspectInfo>,
  isDone: (info: ExecInspectInfo) => boolean,
): Promise<ExecInspectInfo> {
  const deadline = clock.monotonic() + transitionDeadlineMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const info = await inspect();
    if (isDone(info)) return info;
    if (clock.monotonic() > deadline) throw new RuntimeError("Unavailable", "exec: Docker does not tell its state");
    await clock.sleep(waitMs);
  }
}

/** Docker has no call for it: the command leads a process group of its own, whose id is in the machine's terms. */
async function killExec(inspect: () => Promise<ExecInspectInfo>, socket: Duplex): Promise<void> {
  const { Running, Pid } = await inspect();
  if (Running && Pid > 0) {
    try {
      process.kill(-Pid, "SIGKILL");
    } catch {
      // Ended meanwhile, or not ours to kill; the caller is rid of its streams all the same.
    }
  }
  socket.destroy();
}
