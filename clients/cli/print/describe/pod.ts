import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import { describeContainers } from "./containers.ts";
import type { Describer } from "./describe.ts";
import { type DescriptionText, longTime } from "./description-text.ts";
import { describeTolerations } from "./pod-template.ts";
import { describeVolumes } from "./volumes.ts";

export const describePod: Describer = async (text, pod: Pod) => {
  const { metadata = {}, spec = {}, status = {} } = pod;
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  if (spec.priority !== undefined) text.field("Priority", spec.priority);
  else text.field("Priority", 0);
  if (spec.priorityClassName) text.field("Priority Class Name", spec.priorityClassName);
  if (spec.runtimeClassName) text.field("Runtime Class Name", spec.runtimeClassName);
  text.field("Service Account", spec.serviceAccountName ?? "");
  text.field("Node", spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>");
  if (status.startTime) text.field("Start Time", longTime(status.startTime));
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  describePhase(text, pod);
  describeAddresses(text, pod);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text.field("Controlled By", `${owner.kind}/${owner.name}`);
  if (status.nominatedNodeName) text.field("NominatedNodeName", status.nominatedNodeName);
  describeContainers(text, "Init Containers", spec.initContainers, { statuses: status.initContainerStatuses ?? [] });
  describeContainers(text, "Containers", spec.containers, { statuses: status.containerStatuses ?? [] });
  describeConditions(text, pod);
  describeVolumes(text, spec.volumes);
  text.field("QoS Class", status.qosClass ?? "");
  text.map("Node-Selectors", spec.nodeSelector);
  describeTolerations(text, spec.tolerations);
};

function describePhase(text: DescriptionText, { metadata = {}, status = {} }: Pod): void {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp) {
    text.field("Status", `Terminating (lasts ${longTime(deletionTimestamp)})`);
    text.field("Termination Grace Period", `${deletionGracePeriodSeconds}s`);
  } else text.field("Status", status.phase ?? "");
  if (status.reason) text.field("Reason", status.reason);
  if (status.message) text.field("Message", status.message);
}

function describeAddresses(text: DescriptionText, { status = {} }: Pod): void {
  text.field("IP", status.podIP ?? "");
  if (!status.podIPs?.length) text.field("IPs", "<none>");
  else {
    text.line("IPs:");
    for (const { ip = "" } of status.podIPs) text.field("IP", ip, 1);
  }
}

function describeConditions(text: DescriptionText, { status }: Pod): void {
  if (!status?.conditions?.length) return;
  text.line("Conditions:");
  text.line("Type\tStatus", 1);
  for (const { type = "", status: value = "" } of status.conditions) text.line(`${type}\t${value} `, 1);
}
