import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { copyFrom, copyTo } from "../request/copy-files.ts";
import { defaultContainer } from "../request/pods.ts";

export const command = defineCommand({
  usage: "SOURCE DESTINATION, one of them as [NAMESPACE/]POD:PATH",
  summary: "Copy files and directories to and from containers",
  examples: [
    "typectl cp settings.json web-1:/etc/web/settings.json",
    "typectl cp web-1:/var/log/web logs -c main",
    "typectl cp data shop/db-1:/tmp",
  ],
  flags: { container: text("-c, --container <name>", "Copy to or from this container") },
  async run({ context, flags, args }) {
    const [source, destination, ...more] = args;
    if (!source || !destination || more.length > 0) throw usageError("cp", "source and destination are required");
    const [from, to] = [placeOf(source), placeOf(destination)];
    if (from.pod && to.pod) throw new CliError("one of src or dest must be a local file specification");
    const remote = from.pod ? from : to;
    if (!remote.pod) throw new CliError("one of src or dest must be a remote file specification");
    if (!from.path || !to.path) throw new CliError("filepath can not be empty");
    const { client, namespace } = await context.connect();
    const where = { namespace: remote.namespace || namespace };
    const pod = await client.core.v1.pods.get(remote.pod, { ...where, ...context.call });
    const container = flags.container || (await defaultContainer(context, pod));
    if (from.pod) await copyFrom(context, { pod, container }, from.path, to.path);
    else await copyTo(context, { pod, container }, from.path, to.path);
  },
});

/** Reads `path`, `pod:path` and `namespace/pod:path`; what begins like a path is one. */
function placeOf(word: string): { namespace: string; pod: string; path: string } {
  const [, namespace = "", pod = "", path = ""] = /^(?:([^/:.]+)\/)?([^/:]+):(.*)$/s.exec(word) ?? [];
  return pod ? { namespace, pod, path } : { namespace: "", pod: "", path: word };
}
