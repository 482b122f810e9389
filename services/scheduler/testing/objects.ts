import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import { Snapshot } from "../snapshot/snapshot.ts";

/** A node with room for a few pods. */
export function newNode(name: string, changes: Node = {}): Node {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...changes.metadata?.labels } },
    ...(changes.spec && { spec: changes.spec }),
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110", ...changes.status?.allocatable } },
  };
}

let serial = 0;

/** A pod; `requests` are those of its one container. */
export function newPod(name: string, spec: Pod["spec"] = {}, requests: Record<string, string> = {}): Pod {
  return {
    metadata: { name, namespace: "default", uid: `${name}-${++serial}`, labels: { app: name } },
    spec: { containers: [{ name: "c", image: "i", resources: { requests } }], ...spec },
  };
}

/** A snapshot of nodes with pods on them, by the node's name. */
export function snapshotOf(nodes: readonly Node[], pods: Readonly<Record<string, readonly Pod[]>> = {}): Snapshot {
  const snapshot = new Snapshot();
  for (const node of nodes) snapshot.putNode(node);
  for (const [node, placed] of Object.entries(pods)) for (const pod of placed) snapshot.placePod(podInfo(pod), node);
  return snapshot;
}
