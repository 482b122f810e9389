import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodFinished } from "../pods/pod-state.ts";
import { slowStart } from "../pods/slow-start.ts";
import { applyRetention, createMissingClaims, hasStaleClaim } from "./claims.ts";
import { ordinalOf, ordinalRange, revisionNameOf, withIdentity } from "./identity.ts";
import { createPod, deletePod, updatePod } from "./pod-steps.ts";
import { isAvailable, isHealthy, isTerminating, type SetSync, type Slot } from "./set-sync.ts";

/** How long a claim that goes with an earlier pod is waited for, before it is looked at again. */
const staleClaimMs = 1_000;

/** Whether the steps after this one have to wait for the next reconcile. */
type Verdict = "wait" | "go on";

/**
 * One step towards what a set wants: missing pods are made, in order or all at once; those that are too many go, the highest
 * ordinal first; last, pods of old templates go as the strategy allows. Answers when to look again, if nothing will tell.
 */
export async function manageSet(sync: SetSync): Promise<number | undefined> {
  const { set } = sync;
  if (set.metadata?.deletionTimestamp) return undefined;
  const { replicas, condemned } = arrange(sync);
  const claimIsStale = replicas.some(({ ordinal, pod }) => !pod && hasStaleClaim(sync, ordinal, pod));
  const requeueMs = claimIsStale ? staleClaimMs : undefined;
  const firstUnhealthy = [...replicas, ...condemned.toReversed()].find(({ pod }) => !pod || !isHealthy(sync, pod));
  const steps: (() => Promise<Verdict>)[] = [
    () => runAll(sync, replicas, (slot) => processReplica(sync, slot)),
    () => runAll(sync, condemned, (slot) => retain(sync, slot)),
    () => runAll(sync, condemned, (slot) => condemn(sync, slot, firstUnhealthy)),
  ];
  for (const step of steps) if ((await step()) === "wait") return requeueMs;
  await updatePods(sync, replicas);
  return requeueMs;
}

function isOrdered({ set }: SetSync): boolean {
  return set.spec?.podManagementPolicy !== "Parallel";
}

/** The places that the set wants, in order, and the pods beyond them, the highest first. */
function arrange({ set, pods }: SetSync): { replicas: Slot[]; condemned: Slot[] } {
  const { first, end } = ordinalRange(set);
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const replicas = Array.from({ length: end - first }, (_, index) => ({
    ordinal: first + index,
    pod: byOrdinal.get(first + index),
  }));
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => ordinal < first || ordinal >= end)
    .sort(([left], [right]) => right - left)
    .map(([ordinal, pod]) => ({ ordinal, pod }));
  return { replicas, condemned };
}

/** In order, up to the first that has to be waited for; or all at once. */
async function runAll(sync: SetSync, slots: readonly Slot[], run: (slot: Slot) => Promise<Verdict>): Promise<Verdict> {
  if (isOrdered(sync)) {
    for (const slot of slots) if ((await run(slot)) === "wait") return "wait";
    return "go on";
  }
  const { error } = await slowStart(slots.length, async (index) => {
    const slot = slots[index];
    if (slot) await run(slot);
  });
  if (error !== undefined) throw error;
  return "go on";
}

async function processReplica(sync: SetSync, { ordinal, pod }: Slot): Promise<Verdict> {
  const { context, set } = sync;
  const waiting: Verdict = isOrdered(sync) ? "wait" : "go on";
  if (!pod) {
    if (hasStaleClaim(sync, ordinal, pod)) return "wait";
    await createPod(sync, ordinal);
    return waiting;
  }
  if (isPodFinished(pod)) {
    if (isTerminating(pod)) return "wait";
    const { namespace, name } = set.metadata ?? {};
    const [type, reason, state] =
      pod.status?.phase === "Failed"
        ? (["Warning", "RecreatingFailedPod", "failed"] as const)
        : (["Normal", "RecreatingTerminatedPod", "terminated"] as const);
    const message = `StatefulSet ${namespace}/${name} is recreating ${state} Pod ${pod.metadata?.name}`;
    context.recorder.event(set, type, reason, message);
    await deletePod(sync, pod);
    return "wait";
  }
  if (pod.status?.phase === "Pending") await createMissingClaims(sync, ordinal);
  if (isOrdered(sync) && !isHealthy(sync, pod)) return "wait";
  if (isTerminating(pod)) return "go on";
  await applyRetention(sync, ordinal, pod);
  const identified = withIdentity(set, pod, ordinal);
  if (identified !== pod) await updatePod(sync, identified);
  return "go on";
}

async function retain(sync: SetSync, { ordinal, pod }: Slot): Promise<Verdict> {
  if (pod) await applyRetention(sync, ordinal, pod);
  return "go on";
}

/** In order, a pod goes only when those below it are healthy, or when it is itself the one that is not. */
async function condemn(sync: SetSync, { pod }: Slot, firstUnhealthy: Slot | undefined): Promise<Verdict> {
  if (!pod) return "go on";
  if (isTerminating(pod)) return isOrdered(sync) ? "wait" : "go on";
  if (isOrdered(sync) && !isAvailable(sync, pod) && firstUnhealthy?.pod !== pod) return "wait";
  await deletePod(sync, pod);
  return isOrdered(sync) ? "wait" : "go on";
}

/** Deletes pods of old templates down to the partition, as many as may be unavailable; they come back as new ones. */
async function updatePods(sync: SetSync, replicas: readonly Slot[]): Promise<void> {
  const { set, update } = sync;
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type === "OnDelete") return;
  let room = maxUnavailable(rollingUpdate?.maxUnavailable ?? 1, replicas.length);
  for (const { pod } of replicas.slice(rollingUpdate?.partition ?? 0).reverse()) {
    const isOld = pod !== undefined && revisionNameOf(pod) !== update.name && !isTerminating(pod);
    if (isOld) await deletePod(sync, pod);
    if (isOld || !pod || !isHealthy(sync, pod)) room--;
    if (room <= 0) return;
  }
}

function maxUnavailable(value: number | string, replicas: number): number {
  const number = typeof value === "number" ? value : Math.floor((Number(value.replace(/%$/, "")) * replicas) / 100);
  return Math.max(1, number);
}
