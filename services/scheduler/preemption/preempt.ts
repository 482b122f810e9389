import { PodFilters } from "../cycle/pod-filters.ts";
import { refusalMessage } from "../cycle/refusal-message.ts";
import type { Refusals } from "../cycle/select-node.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { chooseCandidate } from "./choose-candidate.ts";
import { type Candidate, findVictims, type PreemptionView } from "./find-victims.ts";

const notHelpful = "Preemption is not helpful for scheduling";
/** The reason of the condition DisruptionTarget of pods that have to leave. */
export const preemptionReason = "PreemptionByScheduler";

/** What came of the attempt to make room: whom to take away, or why not, as in events. */
export type Preemption =
  | { candidate: Candidate }
  /** Room that is being made already stays reserved where `keepsNomination`. */
  | { candidate?: undefined; message: string; keepsNomination: boolean };

/** Looks for a node on which a pod fits once pods of lower priority have gone. Changes nothing. */
export function preempt(pod: PodInfo, refusals: Refusals, view: PreemptionView, random: () => number): Preemption {
  const { candidates, ...failure } = findCandidates(pod, refusals, view, random);
  const candidate = chooseCandidate(candidates);
  return candidate ? { candidate } : failure;
}

/** Nodes on which room could be made, and what is to be said when none of them is taken. */
interface Candidates {
  candidates: readonly Candidate[];
  message: string;
  keepsNomination: boolean;
}

/** Looks for nodes on which a pod fits once pods of lower priority have gone. Changes nothing. */
export function findCandidates(
  pod: PodInfo,
  refusals: Refusals,
  view: PreemptionView,
  random: () => number,
): Candidates {
  const ineligible = whyIneligible(pod, refusals, view);
  if (ineligible) return { candidates: [], message: ineligible, keepsNomination: true };
  const { snapshot, plugins } = view;
  const { resolvable, nodes } = refusals;
  const { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 } = view.settings ?? {};
  const wanted = Math.max(minCandidateNodesAbsolute, Math.floor((nodes * minCandidateNodesPercentage) / 100), 1);
  const filters = new PodFilters(pod, snapshot, plugins);
  const candidates: Candidate[] = [];
  const byReason = new Map<string, number>();
  const note = (reason: string, count = 1) => byReason.set(reason, (byReason.get(reason) ?? 0) + count);
  if (nodes > resolvable.length) note(notHelpful, nodes - resolvable.length);
  const start = Math.floor(random() * resolvable.length);
  for (let seen = 0; seen < resolvable.length && candidates.length < wanted; seen++) {
    const node = resolvable[(start + seen) % resolvable.length] ?? 0;
    const found = findVictims(pod, node, view, filters);
    if (typeof found === "string") note(found);
    else candidates.push(found);
  }
  const message = nodes === 0 ? "" : refusalMessage({ nodes, byReason });
  return { candidates, message, keepsNomination: false };
}

function whyIneligible(pod: PodInfo, { resolvable }: Refusals, { snapshot }: PreemptionView): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const slot = snapshot.slotOf(snapshot.nominations.nodeOf(pod.uid) ?? "");
  if (slot === undefined || !resolvable.includes(slot)) return undefined;
  for (const other of snapshot.podsOn(slot))
    if (other.priority < pod.priority && isLeaving(other))
      return "not eligible due to a terminating pod on the nominated node.";
  return undefined;
}

/** Whether a pod is on its way out to make room. */
function isLeaving({ isEnding, pod }: PodInfo): boolean {
  return (
    isEnding &&
    (pod.status?.conditions ?? []).some(
      ({ type, status, reason }) => type === "DisruptionTarget" && status === "True" && reason === preemptionReason,
    )
  );
}
