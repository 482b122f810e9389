import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import type { Clock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { untilQuiet } from "../quiet-output.ts";
import { type ExecRequest, type ExecSession, RuntimeError } from "../runtime.ts";
import { setprivArguments } from "./capabilities.ts";
import type { Container } from "./container.ts";
import { withoutInheritedDescriptors } from "./inherited-descriptors.ts";
import type { NodeContext } from "./node-context.ts";
import { commandProblem } from "./rooted-path.ts";
import { shellWords } from "./shell-words.ts";
import { searchPath } from "./start-script.ts";
import { takeTerminal, terminalCommand } from "./terminal.ts";

/** How long nothing may come, twice in turn, before streams that are held by what a command left behind are closed. */
const STREAMS_TIMEOUT_MS = 1_000;
const TERMINAL_TIMEOUT_MS = 30_000;

/** Runs a command beside a container's first process, in its namespaces, control group and credentials. */
export async function startExec(
  context: NodeContext,
  container: Container,
  request: ExecRequest,
): Promise<ExecSession> {
  const { process: target, record } = container;
  if (!target) throw new RuntimeError("NotRunning", `container ${record.id} is not running`);
  const { workingDir, env } = record.process;
  const root = record.isolated ? `/proc/${target.pid}/root` : "";
  const problem = commandProblem(root, request.command[0] ?? "", searchPath(env), workingDir);
  if (problem) throw new RuntimeError("StartFailed", problem);
  const words = enterWords(context, container, request);
  const joinGroups =
    context.groups?.joinFiles(container.groupPath).map((file) => `echo 0 > ${shellWords([file])}`) ?? [];
  const pipes = join(container.paths.dir, `exec-${randomBytes(6).toString("hex")}`);
  const run = request.tty ? `exec ${shellWords(terminalCommand(words))}` : pipedCommand(words, pipes, request.stdin);
  if (!request.tty) mkdirSync(pipes);
  const [file = "", ...args] = withoutInheritedDescriptors(["/bin/sh", "-ec", [...joinGroups, run].join("\n")]);
  const child = spawn(file, args, {
    detached: true,
    stdio: [request.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", SHELL: "/bin/sh" },
  });
  child.on("close", () => rmSync(pipes, { recursive: true, force: true }));
  return session(child, request, context.clock);
}

/**
 * Gives a command pipes for its streams instead of the sockets that come from Node: only pipes can be opened by name
 * (`cat /dev/stdin`). What copies in between ends with the streams.
 */
function pipedCommand(words: string[], dir: string, stdin: boolean): string {
  const [output, errors] = ["out", "err"].map((name) => shellWords([`${dir}/${name}`]));
  return [
    `mkfifo -m 666 ${output} ${errors}`,
    "exec 6<&0",
    `cat < ${output} 2>/dev/null 6<&- &`,
    `cat < ${errors} >&2 6<&- &`,
    ...(stdin ? [PIPED_INPUT] : ["exec 5<&6"]),
    `exec ${shellWords(words)} <&5 5<&- 6<&- > ${output} 2> ${errors}`,
  ].join("\n");
}

/**
 * Descriptor 5 becomes a pipe that carries descriptor 6. A here-document is a pipe without a name in most shells: other
 * than a named one it may be opened again after its writer has gone. Where it is none, 6 is taken as it is.
 */
const PIPED_INPUT = `exec 5<<END
END
if [ -p /proc/self/fd/5 ]; then
  chmod 666 /proc/self/fd/5
  exec 7>/proc/self/fd/5
  cat <&6 >&7 2>/dev/null 5<&- 6<&- 7>&- &
  exec 7>&-
else
  exec 5<&6
fi`;

function enterWords(context: NodeContext, { record, process: target }: Container, request: ExecRequest): string[] {
  const { workingDir, env, credentials } = record.process;
  const variables = request.tty && !env.some((variable) => variable.startsWith("TERM=")) ? [...env, "TERM=xterm"] : env;
  const run = [`--chdir=${workingDir}`, "-i", ...variables, ...request.command];
  const { tools } = context;
  if (!record.isolated || !tools) return ["env", ...run];
  const namespaces = [...(record.users ? ["--user"] : []), "--mount", "--uts", "--ipc", "--net", "--pid"];
  const privileges = [...tools.command("setpriv"), ...setprivArguments(credentials), "--"];
  const terminal = request.tty ? takeTerminal(tools) : [];
  return [
    "nsenter",
    `--target=${target?.pid}`,
    ...namespaces,
    "--",
    ...terminal,
    ...privileges,
    ...tools.command("env"),
    ...run,
  ];
}

function session(child: ChildProcess, request: ExecRequest, clock: Clock): ExecSession {
  let isKilled = false;
  const exitCode = ending(child, clock, () => isKilled);
  const { stdin, stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("an exec has no output");
  // A command that does not read its input is judged by its exit code.
  stdin?.on("error", () => {});
  return {
    ...(request.stdin && stdin ? { stdin } : {}),
    stdout: heldOpen(stdout),
    ...(request.tty ? {} : { stderr: heldOpen(stderr) }),
    exitCode,
    resize: async (columns, rows) => {
      const terminal = await findTerminal(child, clock);
      if (terminal) await runCommand(["stty", "-F", terminal, "cols", String(columns), "rows", String(rows)]);
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
      isKilled = true;
      for (const pid of stopTree(child.pid)) signalQuietly(pid, "SIGKILL");
      await exitCode;
    },
  };
}

/** Keeps what was written until somebody reads it, also after the command has ended. */
function heldOpen(stream: Readable): Readable {
  const held = new PassThrough();
  stream.on("error", () => held.end());
  stream.on("close", () => held.end());
  return stream.pipe(held);
}

/** The exit code, once the streams have ended as well. Nobody waits for what is left of a command that was killed. */
function ending(child: ChildProcess, clock: Clock, isKilled: () => boolean): Promise<number> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  let chunks = 0;
  for (const stream of streams) stream.on("data", () => chunks++);
  const waiting = { progress: () => chunks, isBehind: () => streams.some((stream) => stream.readableLength > 0) };
  const closed = new AbortController();
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new RuntimeError("StartFailed", error.message, { cause: error })));
    child.on("exit", async () => {
      if (isKilled()) await clock.sleep(STREAMS_TIMEOUT_MS, closed.signal).catch(() => {});
      else await untilQuiet(clock, STREAMS_TIMEOUT_MS, waiting, closed.signal);
      for (const stream of streams) stream.destroy();
    });
    child.on("close", (code, signal) => {
      closed.abort();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/** The terminal of the command that `script` runs; undefined when it has ended. */
async function findTerminal(child: ChildProcess, clock: Clock): Promise<string | undefined> {
  const deadline = clock.monotonic() + TERMINAL_TIMEOUT_MS;
  let waitMs = 2;
  while (child.exitCode === null && child.signalCode === null && clock.monotonic() < deadline) {
    for (const pid of descendants(child.pid ?? 0)) {
      const path = linkOf(`/proc/${pid}/fd/0`);
      if (path?.startsWith("/dev/pts/")) return path;
    }
    await clock.sleep(waitMs);
    waitMs = Math.min(waitMs * 2, 50);
  }
  return undefined;
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
      children.push(...text.trim().split(" ").filter(Boolean).map(Number));
    }
  } catch {
    // It has ended since it was listed.
  }
  return children;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Stops a process before its children are listed, so that none is made meanwhile. */
function stopTree(pid: number): number[] {
  signalQuietly(pid, "SIGSTOP");
  return [pid, ...childrenOf(pid).flatMap(stopTree)];
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since it was listed.
  }
}
