import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { list } from "../flags.ts";
import { readPairs } from "../request/pairs.ts";
import { containersFlag, patchContainers, setFields, setFlags } from "../request/set-fields.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS])",
  summary: "Update resource requests/limits on objects with pod templates",
  examples: ["typectl set resources deployment web -c=web --limits=cpu=200m,memory=512Mi"],
  flags: {
    ...setFlags,
    containers: containersFlag,
    limits: list("--limits <resource=quantity>", "The limits, parted by commas"),
    requests: list("--requests <resource=quantity>", "The requests, parted by commas"),
  },
  async run({ context, flags, args }) {
    if (flags.limits.length === 0 && flags.requests.length === 0)
      throw new CliError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    const resources = {
      ...(flags.limits.length > 0 ? { limits: readPairs(flags.limits, "limit") } : {}),
      ...(flags.requests.length > 0 ? { requests: readPairs(flags.requests, "request") } : {}),
    };
    const words = { command: "set resources", args, done: "resource requirements updated" };
    await setFields(context, words, flags, (found) => patchContainers(found, flags.containers, { resources }));
  },
});
