import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { NodeMetrics } from "../../../gen/typernetes/metrics/v1beta1/node_metrics.ts";
import { quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { TableText } from "../print/table.ts";
import { selectorFlag } from "../request/common-flags.ts";
import { getObject, listObjects } from "../request/objects.ts";
import { knownKind } from "../request/workloads.ts";
import { type Amounts, amountsOf, inOrder, metricsKind, shownCpu, shownMemory } from "./top-usage.ts";

export const command = defineCommand({
  usage: "[NAME | -l label]",
  summary: "Display resource (CPU/memory) usage of nodes",
  examples: ["typectl top node", "typectl top node node-1", "typectl top node --sort-by=memory"],
  flags: {
    selector: selectorFlag,
    sortBy: text("--sort-by <resource>", "Sort by cpu or memory"),
    noHeaders: toggle("--no-headers", "Don't print headers"),
  },
  async run({ context, flags, args }) {
    const info = metricsKind("nodes");
    const [name] = args;
    const found: NodeMetrics[] = name
      ? [await getObject(context, info, name)]
      : (await listObjects(context, info, flags)).objects;
    if (found.length === 0) throw new CliError("No resources found");
    const nodes: Node[] = (await listObjects(context, knownKind("", "nodes"))).objects;
    const rows = found.map(({ metadata, usage }) => ({ name: metadata?.name ?? "", amounts: amountsOf([usage]) }));
    const lines = inOrder(rows, flags.sortBy).map(({ name: nodeName, amounts }) => {
      const node = nodes.find(({ metadata }) => metadata?.name === nodeName);
      const [cpuShare, memoryShare] = shares(amounts, node?.status?.allocatable);
      return [nodeName, shownCpu(amounts), cpuShare, shownMemory(amounts), memoryShare];
    });
    const header = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];
    await context.io.stdout.write(new TableText().format([...(flags.noHeaders ? [] : [header]), ...lines]));
  },
});

/** Of what the node has for pods. */
function shares({ cpuMilli, memoryBytes }: Amounts, allocatable: Record<string, string> | undefined): [string, string] {
  const share = (amount: number, whole: number) => (whole > 0 ? `${Math.trunc((amount * 100) / whole)}%` : "<unknown>");
  const cpu = quantityMilliValue(allocatable?.["cpu"] ?? "0");
  return [share(cpuMilli, cpu), share(memoryBytes, quantityValue(allocatable?.["memory"] ?? "0"))];
}
