import type { NodeMetrics } from "../../../gen/typernetes/metrics/v1beta1/node_metrics.ts";
import type { PodMetrics } from "../../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { Quantity } from "../../base/quantity.ts";
import { textColumn } from "../columns.ts";
import { generic } from "../generic/generic.ts";
import type { Column, Strategy } from "../strategy.ts";

type Usage = Readonly<Record<string, string>>;

const group = "metrics.k8s.io";

/** How measurements of nodes behave. */
export const nodeMetrics: Strategy<NodeMetrics> = {
  ...generic(group, "v1beta1", "nodes"),
  columns: usageColumns<NodeMetrics>((it) => it.usage ?? {}),
};

/** How measurements of pods behave; a pod uses what its containers use. */
export const podMetrics: Strategy<PodMetrics> = {
  ...generic(group, "v1beta1", "pods"),
  columns: usageColumns<PodMetrics>((it) => total((it.containers ?? []).map(({ usage = {} }) => usage))),
};

function usageColumns<T extends { window?: string | undefined }>(usageOf: (object: T) => Usage): Column<T>[] {
  return [
    textColumn("cpu", "Processor time in use.", (it) => usageOf(it)["cpu"] ?? ""),
    textColumn("memory", "Memory in use.", (it) => usageOf(it)["memory"] ?? ""),
    textColumn("Window", "Over which time it was measured.", (it) => it.window ?? ""),
  ];
}

function total(usages: readonly Usage[]): Usage {
  const sums = new Map<string, Quantity>();
  for (const usage of usages)
    for (const [name, amount] of Object.entries(usage)) {
      const sum = sums.get(name);
      const quantity = Quantity.parse(amount);
      sums.set(name, sum ? sum.add(quantity) : quantity);
    }
  return Object.fromEntries([...sums].map(([name, sum]) => [name, sum.toString()]));
}
