import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodAvailable, isPodReady } from "../pods/pod-state.ts";
import { isUpdated } from "./daemon-pod.ts";
import { allowsSurge, applyChanges, type DaemonSync } from "./daemon-sync.ts";
import type { FailedBackoff } from "./failed-backoff.ts";

/** What managing came to. */
export interface ManageOutcome {
  /** Pods were created or deleted: what was gathered before is out of date. */
  changed: boolean;
  /** Milliseconds until a failed pod may be replaced, if one waits for that. */
  waitMs?: number;
}

/** Sees to it that each node that wants one has a pod, and no other node. */
export async function manageDaemons(sync: DaemonSync, backoff: FailedBackoff): Promise<ManageOutcome> {
  const create: string[] = [];
  const remove: Pod[] = [];
  const waits: number[] = [];
  for (const [node, { runs, stays }] of sync.verdicts) {
    const there = sync.pods.get(node);
    if (runs && !there) create.push(node);
    else if (!there) continue;
    else if (!stays) remove.push(...there.filter(isStaying));
    else remove.push(...excess(sync, sortFinished(sync, backoff, node, there.filter(isStaying), remove, waits)));
  }
  // The scheduler would never place them.
  for (const [node, pods] of sync.pods)
    if (!sync.verdicts.has(node)) remove.push(...pods.filter((pod) => !pod.spec?.nodeName && isStaying(pod)));
  await applyChanges(sync, create, remove);
  const changed = create.length + remove.length > 0;
  return waits.length > 0 ? { changed, waitMs: Math.min(...waits) } : { changed };
}

/** The running ones of a node's pods; those that have ended go to `remove`, after a while when they failed often. */
function sortFinished(
  { context, set, nowMs }: DaemonSync,
  backoff: FailedBackoff,
  node: string,
  pods: readonly Pod[],
  remove: Pod[],
  waits: number[],
): Pod[] {
  return pods.filter((pod) => {
    const { phase } = pod.status ?? {};
    if (phase !== "Failed" && phase !== "Succeeded") return true;
    const { namespace, name } = pod.metadata ?? {};
    if (phase === "Failed") {
      const wait = backoff.take(`${set.metadata?.uid}/${set.status?.observedGeneration}/${node}`, nowMs);
      if (wait > 0) {
        waits.push(wait);
        return false;
      }
      const message = `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`;
      context.recorder.event(set, "Warning", "FailedDaemonPod", message);
    } else {
      const message = `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`;
      context.recorder.event(set, "Normal", "SucceededDaemonPod", message);
    }
    remove.push(pod);
    return false;
  });
}

/** Those of a node's running pods that are too many: all but the oldest, while surging the oldest of each template. */
function excess({ set, hash, nowMs }: DaemonSync, running: readonly Pod[]): Pod[] {
  if (running.length <= 1) return [];
  const pods = [...running].sort(byAge);
  if (!allowsSurge(set)) return pods.slice(1);
  const updated = pods.find((pod) => isUpdated(pod, hash));
  const outdated = pods.find((pod) => !isUpdated(pod, hash));
  const spare = pods.filter((pod) => pod !== updated && pod !== outdated);
  if (!updated || !outdated) return spare;
  const isReplaced = !isPodReady(outdated) || isPodAvailable(updated, set.spec?.minReadySeconds ?? 0, nowMs);
  return isReplaced ? [...spare, outdated] : spare;
}

function isStaying({ metadata }: Pod): boolean {
  return metadata?.deletionTimestamp === undefined;
}

/** Placed ones first, then the oldest; of those made in the same second, ready ones. */
export function byAge(left: Pod, right: Pod): number {
  const placed = Number(Boolean(right.spec?.nodeName)) - Number(Boolean(left.spec?.nodeName));
  if (placed !== 0) return placed;
  const ages = Date.parse(left.metadata?.creationTimestamp ?? "") - Date.parse(right.metadata?.creationTimestamp ?? "");
  const order = ages || Number(isPodReady(right)) - Number(isPodReady(left));
  return order || ((left.metadata?.name ?? "") < (right.metadata?.name ?? "") ? -1 : 1);
}
