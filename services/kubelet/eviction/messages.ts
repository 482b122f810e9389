import type { Container } from "../../../gen/typernetes/core/v1/pod.ts";
import { Quantity } from "../../../lib/base/quantity.ts";
import type { Measurements } from "./machine.ts";
import type { ContainerUsage, PodUsage } from "./pod-usage.ts";
import { type StarvedResource, signals } from "./signals.ts";
import { amountOf, type Threshold } from "./thresholds.ts";

/** Why a pod is evicted, in Kubernetes' words: what is short, and which containers take more than they asked for. */
export function evictionMessage(threshold: Threshold, measured: Measurements, usage: PodUsage): string {
  const { resource, format } = signals[threshold.signal];
  const amount = measured[threshold.signal];
  const text = (units: number) => Quantity.of(Math.floor(units), format).toString();
  const level = amount
    ? `Threshold quantity: ${text(amountOf(threshold.level, amount.capacity))}, available: ${text(kibibytes(amount.available, format))}. `
    : "";
  const greedy = usage.containers.map((container) => containerExcess(container, usage, resource)).join("");
  return `The node was low on resource: ${resource}. ${level}${greedy}`;
}

/** Bytes that change from look to look only make a message long. */
function kibibytes(amount: number, format: "BinarySI" | "DecimalSI"): number {
  return format === "BinarySI" ? Math.floor(amount / 1024) * 1024 : amount;
}

function containerExcess(used: ContainerUsage, { pod }: PodUsage, resource: StarvedResource): string {
  const container = pod.spec?.containers?.find(({ name }) => name === used.name);
  const amount = resource === "memory" ? used.memoryBytes : used.disk?.bytes;
  if (!container || amount === undefined || (resource !== "memory" && resource !== "ephemeral-storage")) return "";
  const request = Quantity.parse(requestText(container, resource));
  const usage = Quantity.of(amount, "BinarySI");
  if (usage.compare(request) <= 0) return "";
  return `Container ${used.name} was using ${usage}, request is ${request}, has larger consumption of ${resource}. `;
}

function requestText({ resources }: Container, resource: string): string {
  return resources?.requests?.[resource] ?? "0";
}
