import type { PodMetrics } from "../../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { TableText } from "../print/table.ts";
import { allNamespacesFlag, selectorFlag } from "../request/common-flags.ts";
import { getObject, listObjects } from "../request/objects.ts";
import { amountsOf, inOrder, metricsKind, shownCpu, shownMemory } from "./top-usage.ts";

export const command = defineCommand({
  usage: "[NAME | -l label]",
  summary: "Display resource (CPU/memory) usage of pods",
  examples: ["typectl top pod", "typectl top pod web-1 --containers", "typectl top pod -A --sort-by=cpu"],
  flags: {
    selector: selectorFlag,
    allNamespaces: allNamespacesFlag,
    containers: toggle("--containers", "Print the usage of each container"),
    sortBy: text("--sort-by <resource>", "Sort by cpu or memory"),
    noHeaders: toggle("--no-headers", "Don't print headers"),
  },
  async run({ context, flags, args }) {
    const info = metricsKind("pods");
    const [name] = args;
    const found: PodMetrics[] = name
      ? [await getObject(context, info, name)]
      : (await listObjects(context, info, flags)).objects;
    if (found.length === 0) throw new CliError("No resources found");
    const rows = found.flatMap(({ metadata, containers = [] }) => {
      const pod = { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" };
      if (!flags.containers) return [{ ...pod, container: "", amounts: amountsOf(containers.map((it) => it.usage)) }];
      return containers.map((it) => ({ ...pod, container: it.name ?? "", amounts: amountsOf([it.usage]) }));
    });
    const header = [
      ...(flags.allNamespaces ? ["NAMESPACE"] : []),
      ...(flags.containers ? ["POD", "NAME"] : ["NAME"]),
      ...["CPU(cores)", "MEMORY(bytes)"],
    ];
    const lines = inOrder(rows, flags.sortBy).map((row) => [
      ...(flags.allNamespaces ? [row.namespace] : []),
      row.name,
      ...(flags.containers ? [row.container] : []),
      ...[shownCpu(row.amounts), shownMemory(row.amounts)],
    ]);
    await context.io.stdout.write(new TableText().format([...(flags.noHeaders ? [] : [header]), ...lines]));
  },
});
