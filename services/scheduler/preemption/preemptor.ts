import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { EventRecorder } from "../../../lib/client/event-recorder.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { RefusalReporter } from "../cycle/refusal-reporter.ts";
import type { Refusals } from "../cycle/select-node.ts";
import { askToPreempt } from "../extenders/ask-to-preempt.ts";
import type { Extender } from "../extenders/extender.ts";
import type { SchedulingQueue } from "../queue/scheduling-queue.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { chooseCandidate } from "./choose-candidate.ts";
import { evictVictims } from "./evict-victims.ts";
import type { Candidate, PreemptionView } from "./find-victims.ts";
import { findCandidates, type Preemption, preempt } from "./preempt.ts";

interface PreemptorParts {
  client: Client;
  recorder: EventRecorder;
  reporter: RefusalReporter;
  clock: Clock;
  random: () => number;
  logger: Logger;
  queue: SchedulingQueue;
  snapshot: Snapshot;
}

/** Makes room for pods that fit nowhere: takes pods of lower priority away and reserves their place. */
export class Preemptor {
  readonly #parts: PreemptorParts;

  constructor(parts: PreemptorParts) {
    this.#parts = parts;
  }

  /** Why no room is made, as in events; empty when it is. Victims are deleted in the background. */
  makeRoom(pod: PodInfo, refusals: Refusals, view: PreemptionView): string {
    return this.#carryOut(pod, preempt(pod, refusals, view, this.#parts.random));
  }

  /** As `makeRoom`, but extenders decide with it on the node and on who has to go. */
  async makeRoomWith(
    extenders: readonly Extender[],
    pod: PodInfo,
    refusals: Refusals,
    view: PreemptionView,
  ): Promise<string> {
    const { random, snapshot } = this.#parts;
    const { candidates, ...failure } = findCandidates(pod, refusals, view, random);
    const left = candidates.length > 0 ? await askToPreempt(extenders, pod, candidates, snapshot) : [];
    const candidate = chooseCandidate(left);
    return this.#carryOut(pod, candidate ? { candidate } : failure);
  }

  #carryOut(pod: PodInfo, outcome: Preemption): string {
    const { snapshot } = this.#parts;
    if (!outcome.candidate) {
      if (!outcome.keepsNomination) snapshot.nominations.remove(pod.uid);
      return outcome.message;
    }
    const { name } = snapshot.entry(outcome.candidate.node);
    this.#displaceNominated(pod, name);
    snapshot.nominations.put(pod, name);
    void this.#evict(pod, outcome.candidate, name);
    return "";
  }

  /** What the pod's status has to say of the node where room is being made, if that is news. */
  nominationChange({ uid, pod }: PodInfo): { nominatedNodeName?: string | null } {
    const now = this.#parts.snapshot.nominations.nodeOf(uid);
    if (now === undefined && !pod.status?.nominatedNodeName) return {};
    return { nominatedNodeName: now ?? null };
  }

  /** Who was to come to the node and matters less looks for another. */
  #displaceNominated(pod: PodInfo, nodeName: string): void {
    const { snapshot, queue, reporter } = this.#parts;
    for (const other of snapshot.nominations.on(nodeName)) {
      if (other.uid === pod.uid || other.priority >= pod.priority) continue;
      snapshot.nominations.remove(other.uid);
      reporter.unnominate(other.pod);
      queue.tryAgain(other.uid);
    }
  }

  async #evict(pod: PodInfo, { victims }: Candidate, nodeName: string): Promise<void> {
    const { snapshot, queue, logger } = this.#parts;
    try {
      await evictVictims(this.#parts, pod, victims, nodeName);
    } catch (error) {
      logger.warn(
        { err: error, pod: pod.key, node: nodeName },
        "could not make room for the pod; it will be tried again",
      );
      snapshot.nominations.remove(pod.uid);
      queue.tryAgain(pod.uid);
    }
  }
}
