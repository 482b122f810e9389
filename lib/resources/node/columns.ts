import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { ageColumn, none, textColumn, unknown } from "../columns.ts";
import type { Column } from "../strategy.ts";

const roleLabelPrefix = "node-role.kubernetes.io/";
const roleLabel = "kubernetes.io/role";

/** What is printed of a node. */
export const nodeColumns: readonly Column<Node>[] = [
  textColumn("Status", "Whether the node is ready, and takes new pods.", nodeStatus),
  textColumn("Roles", "What the node is for.", (it) => nodeRoles(it).join(",") || none),
  ageColumn,
  textColumn("Version", "Version of the node's kubelet.", (it) => it.status?.nodeInfo?.kubeletVersion ?? ""),
  textColumn("Internal-IP", "Address of the node in the cluster.", (it) => address(it, "InternalIP"), 1),
  textColumn("External-IP", "Address of the node from outside.", (it) => address(it, "ExternalIP"), 1),
  textColumn("OS-Image", "Operating system of the node.", (it) => it.status?.nodeInfo?.osImage || unknown, 1),
  textColumn("Kernel-Version", "Kernel of the node.", (it) => it.status?.nodeInfo?.kernelVersion || unknown, 1),
  textColumn(
    "Container-Runtime",
    "What runs the node's containers.",
    (it) => it.status?.nodeInfo?.containerRuntimeVersion || unknown,
    1,
  ),
];

/** `Ready`, `NotReady` or `Unknown`, and whether the node is closed to new pods. */
function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const status = !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

/** The roles of a node by its labels, in order. */
function nodeRoles(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(roleLabelPrefix) && key.length > roleLabelPrefix.length)
      roles.add(key.slice(roleLabelPrefix.length));
    if (key === roleLabel && value) roles.add(value);
  }
  return [...roles].sort();
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((it) => it.type === type)?.address || none;
}
