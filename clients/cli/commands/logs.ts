import type { Pod, PodLogOptions } from "../../../gen/typernetes/core/v1/pod.ts";
import { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { duration, integer, text, toggle } from "../flags.ts";
import { selectorFlag } from "../request/common-flags.ts";
import { containersOf, defaultContainer, podBehind, podsOfSelector } from "../request/pods.ts";
import { readOneObject } from "../request/resource-arguments.ts";

const flags = {
  follow: toggle("-f, --follow", "Stream the logs as they are written"),
  container: text("-c, --container <name>", "Print the logs of this container"),
  allContainers: toggle("--all-containers", "Get the logs of all containers"),
  previous: toggle("-p, --previous", "Print the logs of the container's previous instance"),
  timestamps: toggle("--timestamps", "Include timestamps on each line"),
  prefix: toggle("--prefix", "Prefix each line with pod and container"),
  tail: integer("--tail <lines>", "How many of the last lines; -1 for all, 10 with a selector", -1),
  since: duration("--since <time>", "Only lines newer than this, such as 5s, 2m or 3h", 0),
  sinceTime: text("--since-time <time>", "Only lines after this time (RFC 3339)"),
  limitBytes: integer("--limit-bytes <bytes>", "Most bytes to print; 0 for all", 0),
  selector: selectorFlag,
  ignoreErrors: toggle("--ignore-errors", "Go on with the other containers when one cannot be read"),
  maxLogRequests: integer("--max-log-requests <count>", "How many logs may be followed at once", 5),
  podRunningTimeout: duration("--pod-running-timeout <time>", "How long to wait for a pod of a workload", 20_000),
};

export const command = defineCommand({
  usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
  summary: "Print the logs for a container in a pod",
  examples: ["typectl logs web-1", "typectl logs -f deployment/web -c web", "typectl logs -l app=web --tail=20"],
  flags,
  run: logs,
});

type Input = CommandInput<typeof flags>;

/** One container whose log is printed. */
interface Source {
  readonly pod: Pod;
  readonly container: string;
}

async function logs(input: Input): Promise<void> {
  const { flags } = input;
  const sources = await findSources(input);
  const isPrefixed = flags.prefix;
  if (sources.length > flags.maxLogRequests && flags.follow)
    throw new CliError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags.maxLogRequests}, use --max-log-requests to increase the limit`,
    );
  if (flags.follow && sources.length > 1)
    await Promise.all(sources.map((source) => printLog(input, source, isPrefixed)));
  else for (const source of sources) await printLog(input, source, isPrefixed);
}

async function findSources(input: Input): Promise<Source[]> {
  const { context, flags, args } = input;
  const pods = await findPods(input);
  const sources: Source[] = [];
  for (const pod of pods) {
    const names = flags.allContainers
      ? containersOf(pod)
      : [flags.container || args[1] || (await defaultContainer(context, pod))];
    sources.push(...names.map((container) => ({ pod, container })));
  }
  return sources;
}

async function findPods({ context, flags, args }: Input): Promise<Pod[]> {
  if (flags.selector) {
    if (args.length > 0) throw usageError("logs", "only a selector (-l) or a POD name is allowed");
    return podsOfSelector(context, flags.selector);
  }
  const [subject] = args;
  if (!subject)
    throw usageError(
      "logs",
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    );
  const { info, name } = readOneObject([subject], "pods");
  return [await podBehind(context, info, name, flags.podRunningTimeout)];
}

async function printLog({ context, flags }: Input, { pod, container }: Source, isPrefixed: boolean): Promise<void> {
  const { client } = await context.connect();
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const request = { namespace, name, options: { ...logOptions(flags), container } };
  const write = isPrefixed ? prefixed(`[pod/${name}/${container}] `, context.io.stdout.write) : context.io.stdout.write;
  try {
    for await (const { chunk } of client.stream(PodServiceDefinition, "log", request, { signal: context.io.signal }))
      if (chunk?.length) await write(chunk);
    await write(new Uint8Array());
  } catch (error) {
    if (!flags.ignoreErrors) throw error;
    await context.note(`error: ${error instanceof Error ? error.message : error}`);
  }
}

function logOptions(flags: Input["flags"]): PodLogOptions {
  if (flags.since > 0 && flags.sinceTime)
    throw new CliError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  const tail = flags.tail < 0 && flags.selector ? 10 : flags.tail;
  return {
    ...(flags.follow ? { follow: true } : {}),
    ...(flags.previous ? { previous: true } : {}),
    ...(flags.timestamps ? { timestamps: true } : {}),
    ...(tail >= 0 ? { tailLines: tail } : {}),
    ...(flags.since > 0 ? { sinceSeconds: Math.ceil(flags.since / 1000) } : {}),
    ...(flags.sinceTime ? { sinceTime: flags.sinceTime } : {}),
    ...(flags.limitBytes > 0 ? { limitBytes: flags.limitBytes } : {}),
  };
}

/** Writes whole lines, each behind a prefix; an empty chunk is the end. */
function prefixed(prefix: string, write: (text: string) => Promise<void>): (chunk: Uint8Array) => Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  return async (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (chunk.length === 0 && rest) lines.push(rest);
    if (lines.length > 0) await write(lines.map((line) => `${prefix}${line}\n`).join(""));
  };
}
