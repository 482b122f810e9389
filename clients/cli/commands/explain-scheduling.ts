import { type NodeVerdict, SchedulerServiceDefinition } from "../../../gen/typernetes/scheduler/v1/scheduler.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { formatJson } from "../print/serialise.ts";
import { TableText } from "../print/table.ts";
import { formatGoYaml } from "../print/yaml.ts";
import { readOneObject } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "pod/NAME",
  summary: "Say where a pod would be placed, and per node why or why not",
  examples: ["typectl explain-scheduling pod/web-1"],
  flags: { output: text("-o, --output <format>", "Output format: wide (every score), json or yaml") },
  async run({ context, flags, args }) {
    if (args.length === 0) throw usageError("explain-scheduling", "a pod is required, such as pod/web-1");
    const { info, name } = readOneObject(args, "pods");
    if (info.qualifiedName !== "pods") throw new CliError(`only pods are scheduled, not ${info.plural}`);
    const { client, namespace } = await context.connect();
    const answer = await client
      .call(SchedulerServiceDefinition, "explain", { namespace, name }, context.call)
      .catch((error: unknown) => {
        throw isStatusError(error, "MethodNotAllowed") ? noScheduler(context.address) : error;
      });
    if (flags.output === "json") return context.print(formatJson(answer));
    if (flags.output === "yaml") return context.io.stdout.write(formatGoYaml(answer));
    const rows = (answer.nodes ?? []).map((node) => rowOf(node, flags.output === "wide"));
    await context.io.stdout.write(new TableText().format([["NODE", "FITS", "SCORE", "WHY"], ...rows]));
    const verdict = answer.selectedNode
      ? `pod/${name} would go to node/${answer.selectedNode}`
      : (answer.message ?? "the pod fits on no node");
    await context.print(`\n${verdict}`);
  },
});

function noScheduler(address: string): CliError {
  return new CliError(
    `${address} serves no scheduler: ask a cluster that was started with "typernetes up", or the scheduler itself`,
  );
}

function rowOf({ nodeName = "", fits, totalScore, plugins = [] }: NodeVerdict, isWide: boolean): string[] {
  const reasons = plugins.filter(({ reason }) => reason).map(({ plugin, reason }) => `${plugin}: ${reason}`);
  const scores = plugins
    .filter(({ point }) => point === "Score")
    .map(({ plugin, score = 0, weight = 1 }) => `${plugin}=${score}*${weight}`);
  const why = fits ? (isWide ? scores.join(" ") : "") : reasons.join("; ");
  return [nodeName, fits ? "yes" : "no", fits ? String(totalScore ?? 0) : "-", why || "<none>"];
}
