import { Quantity } from "../../../lib/base/quantity.ts";
import type { KubeletConfiguration } from "../configuration/kubelet-configuration.ts";
import { amountOf, thresholdsOf } from "../eviction/thresholds.ts";

type Amounts = Readonly<Record<string, string>>;

/** Which hard threshold keeps how much of a resource free. */
const signalOf = { memory: "memory.available", "ephemeral-storage": "nodefs.available" } as const;

/** What of a node's capacity pods can have: not what is reserved for others, nor what has to stay free lest pods be evicted. */
export function allocatable(capacity: Amounts, configuration: KubeletConfiguration): Record<string, string> {
  const { systemReserved, kubeReserved } = configuration;
  const entries = Object.entries(capacity).map(([name, text]): [string, string] => {
    const reserved = [systemReserved[name], kubeReserved[name], keptFree(name, text, configuration)];
    const taken = reserved.reduce((sum, each) => sum.add(Quantity.parse(each ?? "0")), Quantity.of(0));
    if (taken.isZero()) return [name, text];
    const left = Quantity.parse(text).subtract(taken);
    return [name, (left.sign() < 0 ? Quantity.of(0) : left).toString()];
  });
  return Object.fromEntries(entries);
}

function keptFree(name: string, capacity: string, configuration: KubeletConfiguration): string | undefined {
  if (name !== "memory" && name !== "ephemeral-storage") return undefined;
  const hard = thresholdsOf(configuration).find(({ signal, graceMs }) => signal === signalOf[name] && graceMs === 0);
  return hard && String(amountOf(hard.level, Quantity.parse(capacity).value()));
}
