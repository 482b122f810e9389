import type { Candidate } from "../preemption/find-victims.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Extender, NodeVictimIds, NodeVictims } from "./extender.ts";

/** The candidates that extenders leave, with who is to go as they say. @throws StatusError when one cannot be asked. */
export async function askToPreempt(
  extenders: readonly Extender[],
  pod: PodInfo,
  candidates: readonly Candidate[],
  snapshot: Snapshot,
): Promise<Candidate[]> {
  let left: ReadonlyMap<string, NodeVictims> = new Map(
    candidates.map(({ node, victims, violations }) => [snapshot.entry(node).name, { pods: victims, violations }]),
  );
  for (const extender of extenders) {
    if (left.size === 0) break;
    const answer = await extender.preempt(pod, left).catch((error: unknown) => {
      if (!extender.ignorable) throw error;
    });
    if (answer) left = named(answer, extender, snapshot);
  }
  return [...left].flatMap(([name, { pods, violations }]) => {
    const node = snapshot.slotOf(name);
    return node === undefined ? [] : [{ node, victims: pods, violations }];
  });
}

/** Finds the pods on their nodes again; they may have gone meanwhile. */
function named(
  answer: ReadonlyMap<string, NodeVictimIds>,
  { name: extender, ignorable }: Extender,
  snapshot: Snapshot,
): Map<string, NodeVictims> {
  const found = new Map<string, NodeVictims>();
  for (const [name, { uids, violations }] of answer) {
    const pods = uids.flatMap((uid) => {
      const placed = snapshot.placed(uid);
      return placed?.nodeName === name ? [placed.info] : [];
    });
    if (pods.length > 0) found.set(name, { pods, violations });
    else if (!ignorable) throw new Error(`extender ${extender}: expected at least one victim pod on node "${name}"`);
  }
  return found;
}
