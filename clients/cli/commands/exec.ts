import { CliError, Exit, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { duration, text, toggle } from "../flags.ts";
import { runSession, terminalOf } from "../request/container-session.ts";
import { defaultContainer, podBehind } from "../request/pods.ts";
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
  const exitCode = await runSession(context, pod, { command: words, container, stdin: flags.stdin, terminal });
  if (exitCode === undefined) throw new CliError("the connection to the container was lost before the command ended");
  if (exitCode === 0) return 0;
  await context.note(`command terminated with exit code ${exitCode}`);
  throw new Exit(exitCode);
}
