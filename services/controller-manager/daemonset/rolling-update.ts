import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodAvailable } from "../pods/pod-state.ts";
import { isUpdated } from "./daemon-pod.ts";
import { applyChanges, type DaemonSync, updateBounds } from "./daemon-sync.ts";

/** Replaces pods of old templates, as many at a time as the strategy allows. */
export async function rollingUpdate(sync: DaemonSync): Promise<void> {
  const { maxUnavailable, maxSurge } = updateBounds(sync);
  if (maxSurge > 0) await surge(sync, maxSurge);
  else await replace(sync, maxUnavailable);
}

/** Deletes old pods, as many as may be missing; new ones take their place at the next reconcile. */
async function replace(sync: DaemonSync, maxUnavailable: number): Promise<void> {
  const available = availability(sync);
  const unavailableOld: Pod[] = [];
  const availableOld: Pod[] = [];
  let unavailable = 0;
  for (const pods of sync.pods.values()) {
    const pair = pairOn(sync, pods);
    if (!pair || (pair.outdated === undefined) === (pair.updated === undefined)) unavailable++;
    else if (pair.updated) unavailable += available(pair.updated) ? 0 : 1;
    else if (pair.outdated && available(pair.outdated)) availableOld.push(pair.outdated);
    else if (pair.outdated) {
      unavailable++;
      unavailableOld.push(pair.outdated);
    }
  }
  const room = Math.max(0, maxUnavailable - unavailable);
  await applyChanges(sync, [], [...unavailableOld, ...availableOld.slice(0, room)]);
}

/** Creates new pods beside old ones, as many as may be too many; an old one goes when the new one is available. */
async function surge(sync: DaemonSync, maxSurge: number): Promise<void> {
  const available = availability(sync);
  const waiting: string[] = [];
  const served: string[] = [];
  const remove: Pod[] = [];
  let surging = 0;
  for (const [node, pods] of sync.pods) {
    if (!sync.verdicts.get(node)?.runs) continue;
    const pair = pairOn(sync, pods);
    if (!pair) surging++;
    else if (!pair.outdated) continue;
    else if (!pair.updated) (available(pair.outdated) ? served : waiting).push(node);
    else if (available(pair.updated)) remove.push(pair.outdated);
    else surging++;
  }
  const room = Math.max(0, maxSurge - surging);
  await applyChanges(sync, [...waiting, ...served.slice(0, room)], remove);
}

function availability({ set, nowMs }: DaemonSync): (pod: Pod) => boolean {
  return (pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** A node's pod of the new template and that of an old one; undefined when there are several of a kind. */
function pairOn({ hash }: DaemonSync, pods: readonly Pod[]): { updated?: Pod; outdated?: Pod } | undefined {
  const staying = pods.filter((pod) => !pod.metadata?.deletionTimestamp);
  const [updated, ...more] = staying.filter((pod) => isUpdated(pod, hash));
  const [outdated, ...others] = staying.filter((pod) => !isUpdated(pod, hash));
  if (more.length + others.length > 0) return undefined;
  return { ...(updated && { updated }), ...(outdated && { outdated }) };
}
