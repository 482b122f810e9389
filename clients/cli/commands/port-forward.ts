import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { duration, list } from "../flags.ts";
import { openForwards } from "../port-forward/forward.ts";
import { portsOf } from "../port-forward/ports.ts";
import { getObject } from "../request/objects.ts";
import { podBehind } from "../request/pods.ts";
import { readOneObject } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "(POD | TYPE/NAME) [LOCAL_PORT:]REMOTE_PORT [...]",
  summary: "Forward one or more local ports to a pod",
  examples: [
    "typectl port-forward web-1 8080:80",
    "typectl port-forward service/web 8080:http",
    "typectl port-forward deployment/web :80 --address=0.0.0.0",
  ],
  flags: {
    address: list("--address <addresses>", "Addresses to listen on, parted by commas; localhost when absent"),
    podRunningTimeout: duration("--pod-running-timeout <time>", "How long to wait for a pod of a workload", 60_000),
  },
  async run({ context, flags, args }) {
    const [subject, ...words] = args;
    if (!subject || words.length === 0)
      throw usageError("port-forward", "TYPE/NAME and list of ports are required for port-forward");
    const { info, name } = readOneObject([subject], "pods");
    const pod = await podBehind(context, info, name, flags.podRunningTimeout);
    const phase = pod.status?.phase;
    if (phase !== "Running")
      throw new CliError(`unable to forward port because pod is not running. Current status=${phase ?? "Pending"}`);
    const ports = portsOf(words, pod, info.kind === "Service" ? await getObject(context, info, name) : undefined);
    const addresses = flags.address.length > 0 ? flags.address : ["localhost"];
    await openForwards(context, pod, ports, addresses);
  },
});
