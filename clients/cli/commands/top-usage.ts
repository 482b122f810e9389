import { type ResourceInfo, resourceByPlural } from "../../../lib/api/resource-info.ts";
import { Quantity, quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import { CliError } from "../cli-error.ts";

type Usage = Readonly<Record<string, string>>;

/** What something uses. */
export interface Amounts {
  cpuMilli: number;
  memoryBytes: number;
}

/** The kind of measurements of nodes or pods. */
export function metricsKind(plural: "nodes" | "pods"): ResourceInfo {
  const info = resourceByPlural("metrics.k8s.io", "v1beta1", plural);
  if (!info) throw new Error(`the contracts have no metrics of ${plural}`);
  return info;
}

/** The sum of what several use. @throws QuantityError */
export function amountsOf(usages: readonly (Usage | undefined)[]): Amounts {
  const total = (resource: string) =>
    usages.reduce((sum, usage) => sum.add(Quantity.parse(usage?.[resource] ?? "0")), Quantity.of(0)).toString();
  return { cpuMilli: quantityMilliValue(total("cpu")), memoryBytes: quantityValue(total("memory")) };
}

export function shownCpu({ cpuMilli }: Amounts): string {
  return `${cpuMilli}m`;
}

export function shownMemory({ memoryBytes }: Amounts): string {
  return `${Math.trunc(memoryBytes / 2 ** 20)}Mi`;
}

/** Orders rows as `--sort-by` says, the most first; by name when it says nothing. @throws CliError */
export function inOrder<T extends { name: string; amounts: Amounts }>(rows: readonly T[], sortBy: string): T[] {
  if (sortBy !== "" && sortBy !== "cpu" && sortBy !== "memory")
    throw new CliError("--sort-by accepts only cpu or memory");
  const key = sortBy === "cpu" ? "cpuMilli" : "memoryBytes";
  return [...rows].sort((left, right) => {
    const difference = sortBy === "" ? 0 : right.amounts[key] - left.amounts[key];
    return difference !== 0 ? difference : left.name < right.name ? -1 : 1;
  });
}
