import { type Pod, type PodExecRequest, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { CliError, Exit, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { duration, text, toggle } from "../flags.ts";
import type { Terminal } from "../io.ts";
import { defaultContainer, podBehind } from "../request/pods.ts";
import { RequestQueue } from "../request/request-queue.ts";
import { readOneObject } from "../request/resource-arguments.ts";

const flags = {
  stdin: toggle("-i, --stdin", "Pass stdin to the container"),
  tty: toggle("-t, --tty", "Stdin is a terminal"),
  container: text("-c, --container <name>", "Run in this container"),
  quiet: toggle("-q, --quiet", "Only print what the command prints"),
  podRunningTimeout: duration("--pod-running-timeout <time>", "How long to wait for a pod of a workload", 60_000),
};

export const command = defineCommand({
  usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
  summary: "Execute a command in a container",
  examples: ["typectl exec web-1 -- date", "typectl exec -it deployment/web -- sh"],
  flags,
  run: exec,
});

type Input = CommandInput<typeof flags>;

async function exec(input: Input): Promise<number> {
  const { context, flags, args, afterDash: words = [] } = input;
  const [subject, ...rest] = args;
  if (!subject) throw usageError("exec", "pod, type/name or --filename must be specified");
  if (rest.length > 0)
    throw new CliError(
      "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'typectl exec -h' for help and examples",
    );
  if (words.length === 0) throw usageError("exec", "you must specify at least one command for the container");
  const { info, name } = readOneObject([subject], "pods");
  const pod = await podBehind(context, info, name, flags.podRunningTimeout);
  const container = flags.container || (await defaultContainer(context, pod));
  const terminal = flags.tty ? await terminalOf(context, flags) : undefined;
  return runInContainer(context, pod, {
    command: [...words],
    container,
    stdin: flags.stdin,
    tty: terminal !== undefined,
    terminal,
  });
}

async function terminalOf(context: Context, { stdin, quiet }: Input["flags"]): Promise<Terminal | undefined> {
  const { terminal } = context.io;
  if (terminal && stdin) return terminal;
  if (!stdin) return terminal;
  if (!quiet) await context.note("Unable to use a TTY - input is not a terminal or the right kind of file");
  return undefined;
}

interface Session {
  readonly command: string[];
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly terminal: Terminal | undefined;
}

async function runInContainer(context: Context, pod: Pod, session: Session): Promise<number> {
  const { client } = await context.connect();
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const { terminal, ...options } = session;
  const requests = new RequestQueue<PodExecRequest>();
  const resize = terminal ? { resize: terminal.size() } : {};
  requests.push({ namespace, name, options: { ...options, stdout: true, stderr: !session.tty }, ...resize });
  const release = [
    terminal && session.stdin ? terminal.makeRaw() : () => {},
    terminal ? terminal.onResize(() => requests.push({ resize: terminal.size() })) : () => {},
  ];
  if (session.stdin) void feed(context, requests);
  let exitCode: number | undefined;
  try {
    for await (const answer of client.duplex(PodServiceDefinition, "exec", requests, { signal: context.io.signal })) {
      if (answer.stdout?.length) await context.io.stdout.write(answer.stdout);
      if (answer.stderr?.length) await context.io.stderr.write(answer.stderr);
      exitCode = answer.exitCode ?? exitCode;
    }
  } finally {
    requests.end();
    for (const undo of release) undo();
  }
  if (exitCode === undefined) throw new CliError("the connection to the container was lost before the command ended");
  if (exitCode === 0) return 0;
  await context.note(`command terminated with exit code ${exitCode}`);
  throw new Exit(exitCode);
}

/** Sends what comes in, no faster than it is taken. */
async function feed(context: Context, requests: RequestQueue<PodExecRequest>): Promise<void> {
  try {
    for await (const chunk of context.io.stdin.chunks()) {
      requests.push({ stdin: chunk });
      await requests.drained();
    }
    requests.push({ stdinClosed: true });
  } catch (error) {
    requests.fail(error);
  }
}
