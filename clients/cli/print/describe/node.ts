import type { Node } from "../../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import { humanDuration } from "../../../../lib/api/human-duration.ts";
import { Quantity } from "../../../../lib/base/quantity.ts";
import type { Describer } from "./describe.ts";
import { type DescriptionText, longTime } from "./description-text.ts";

export const describeNode: Describer = async (text, node: Node, context) => {
  const { metadata = {}, spec = {}, status = {} } = node;
  text.field("Name", metadata.name ?? "").field("Roles", rolesOf(node));
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text.field("CreationTimestamp", longTime(metadata.creationTimestamp));
  describeTaints(text, node);
  text.field("Unschedulable", spec.unschedulable ?? false);
  const { client } = await context.connect();
  await describeLease(text, async () =>
    client.coordination.v1.leases.get(metadata.name ?? "", { namespace: "kube-node-lease", ...context.call }),
  );
  describeConditions(text, node);
  text.line("Addresses:");
  for (const { type = "", address = "" } of status.addresses ?? []) text.field(type, address, 1);
  describeAmounts(text, "Capacity", status.capacity);
  describeAmounts(text, "Allocatable", status.allocatable);
  describeSystem(text, node);
  if (spec.podCIDR) text.field("PodCIDR", spec.podCIDR);
  if (spec.podCIDRs?.length) text.field("PodCIDRs", spec.podCIDRs.join(","));
  if (spec.providerID) text.field("ProviderID", spec.providerID);
  const { items } = await client.core.v1.pods.list({
    fieldSelector: `spec.nodeName=${metadata.name}`,
    ...context.call,
  });
  const running = items.filter(({ status: at }) => at?.phase !== "Succeeded" && at?.phase !== "Failed");
  describePods(text, node, running, context.io.clock.now());
};

function rolesOf({ metadata }: Node): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(metadata?.labels ?? {})
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  return roles.sort().join(",") || "<none>";
}

function describeTaints(text: DescriptionText, { spec }: Node): void {
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`);
  if (taints.length === 0) text.field("Taints", "<none>");
  taints.forEach((taint, index) => {
    text.line(`${index === 0 ? "Taints:" : ""}\t${taint}`);
  });
}

async function describeLease(
  text: DescriptionText,
  get: () => Promise<{
    spec?:
      | { holderIdentity?: string | undefined; acquireTime?: string | undefined; renewTime?: string | undefined }
      | undefined;
  }>,
): Promise<void> {
  const lease = await get().catch(() => undefined);
  text.line("Lease:");
  if (!lease) {
    text.line("Failed to get lease: not found", 1);
    return;
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  text.field("HolderIdentity", holderIdentity ?? "<unset>", 1);
  text.field("AcquireTime", longTime(acquireTime), 1).field("RenewTime", longTime(renewTime), 1);
}

function describeConditions(text: DescriptionText, { status }: Node): void {
  if (!status?.conditions?.length) return;
  text.line("Conditions:");
  text.line("Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage", 1);
  text.line("----\t------\t-----------------\t------------------\t------\t-------", 1);
  for (const {
    type = "",
    status: value = "",
    lastHeartbeatTime,
    lastTransitionTime,
    reason = "",
    message = "",
  } of status.conditions)
    text.line(
      [
        `${type} `,
        `${value} `,
        `${longTime(lastHeartbeatTime)} `,
        `${longTime(lastTransitionTime)} `,
        `${reason} `,
        message,
      ].join("\t"),
      1,
    );
}

function describeAmounts(
  text: DescriptionText,
  name: string,
  amounts: Readonly<Record<string, string>> | undefined,
): void {
  const entries = Object.entries(amounts ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  if (entries.length > 0) text.line(`${name}:`);
  for (const [resource, quantity] of entries) text.field(resource, quantity, 1);
}

function describeSystem(text: DescriptionText, { status }: Node): void {
  const {
    machineID,
    systemUUID,
    bootID,
    kernelVersion,
    osImage,
    operatingSystem,
    architecture,
    containerRuntimeVersion,
    kubeletVersion,
  } = status?.nodeInfo ?? {};
  text.line("System Info:");
  const fields = {
    "Machine ID": machineID,
    "System UUID": systemUUID,
    "Boot ID": bootID,
    "Kernel Version": kernelVersion,
    "OS Image": osImage,
    "Operating System": operatingSystem,
    Architecture: architecture,
    "Container Runtime Version": containerRuntimeVersion,
    "Kubelet Version": kubeletVersion,
  };
  for (const [name, value] of Object.entries(fields)) text.field(name, value ?? "", 1);
}

type Amounts = Readonly<Record<string, string>> | undefined;

function describePods(text: DescriptionText, node: Node, pods: readonly Pod[], nowMs: number): void {
  text.field("Non-terminated Pods", `(${pods.length} in total)`);
  text.line("Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge", 1);
  text.line("---------\t----\t\t------------\t----------\t---------------\t-------------\t---", 1);
  for (const pod of pods) {
    const cells = amountCells(node, [pod]);
    const age = humanDuration(nowMs - Date.parse(pod.metadata?.creationTimestamp ?? ""));
    text.line(
      [
        pod.metadata?.namespace,
        pod.metadata?.name,
        "",
        cells.cpuRequests,
        cells.cpuLimits,
        cells.memoryRequests,
        cells.memoryLimits,
        age,
      ].join("\t"),
      1,
    );
  }
  const all = amountCells(node, pods);
  text.line("Allocated resources:").line("(Total limits may be over 100 percent, i.e., overcommitted.)", 1);
  text.line("Resource\tRequests\tLimits", 1).line("--------\t--------\t------", 1);
  text
    .line(`cpu\t${all.cpuRequests}\t${all.cpuLimits}`, 1)
    .line(`memory\t${all.memoryRequests}\t${all.memoryLimits}`, 1);
}

function amountCells({ status }: Node, pods: readonly Pod[]) {
  const { cpu = "0", memory = "0" } = status?.allocatable ?? {};
  const cell = (resource: "cpu" | "memory", pick: "requests" | "limits", whole: string) =>
    shareText(totalOf(pods, resource, pick), whole);
  return {
    cpuRequests: cell("cpu", "requests", cpu),
    cpuLimits: cell("cpu", "limits", cpu),
    memoryRequests: cell("memory", "requests", memory),
    memoryLimits: cell("memory", "limits", memory),
  };
}

function totalOf(pods: readonly Pod[], resource: string, pick: "requests" | "limits"): Quantity {
  let total = Quantity.parse("0");
  for (const pod of pods) {
    for (const container of pod.spec?.containers ?? []) {
      const amounts: Amounts = container.resources?.[pick];
      const amount = amounts?.[resource];
      if (amount) total = total.add(Quantity.parse(amount));
    }
  }
  return total;
}

function shareText(amount: Quantity, whole: string): string {
  const share =
    Quantity.parse(whole).toNumber() > 0 ? Math.trunc((amount.toNumber() / Quantity.parse(whole).toNumber()) * 100) : 0;
  return `${amount} (${share}%)`;
}
