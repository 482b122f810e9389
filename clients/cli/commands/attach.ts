import { usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { duration, text, toggle } from "../flags.ts";
import { attachTo } from "../request/attach-session.ts";
import { defaultContainer, podBehind } from "../request/pods.ts";
import { readOneObject } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "(POD | TYPE/NAME) [-c CONTAINER]",
  summary: "Attach to a running container",
  examples: ["typectl attach web-1", "typectl attach -it web-1 -c shell", "typectl attach deployment/web"],
  flags: {
    stdin: toggle("-i, --stdin", "Pass stdin to the container"),
    tty: toggle("-t, --tty", "Stdin is a terminal"),
    container: text("-c, --container <name>", "Attach to this container"),
    quiet: toggle("-q, --quiet", "Only print what the container prints"),
    podRunningTimeout: duration("--pod-running-timeout <time>", "How long to wait for a pod of a workload", 60_000),
  },
  async run({ context, flags, args }) {
    const [subject, ...more] = args;
    if (!subject) throw usageError("attach", "at least 1 argument is required for attach");
    if (more.length > 1)
      throw usageError("attach", `expected POD, TYPE/NAME, or TYPE NAME, got ${args.length} arguments`);
    const { info, name } = readOneObject(args, "pods");
    const pod = await podBehind(context, info, name, flags.podRunningTimeout);
    await attachTo(context, pod, flags.container || (await defaultContainer(context, pod)), flags);
  },
});
