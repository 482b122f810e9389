import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { pluginScores } from "../cycle/select-node.ts";
import type { Plugin } from "../framework/plugin.ts";
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

/** Why a plugin keeps a pod from each node, in the order of the nodes: nothing where it does not. */
export function refusals(plugin: Plugin, pod: Pod, snapshot: Snapshot): (readonly string[])[] {
  const filter = plugin.filter?.(podInfo(pod), snapshot);
  return snapshot.slots.map((slot) => filter?.(slot)?.reasons ?? []);
}

/** A plugin's scores after normalisation, in the order of the nodes; none when it has no say. */
export function scores(plugin: Plugin, pod: Pod, snapshot: Snapshot): number[] {
  return pluginScores(podInfo(pod), snapshot, [plugin], snapshot.slots).flatMap(({ scores: of }) => [...of]);
}
