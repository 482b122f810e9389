import type { PodGroups, PodMetric } from "./pod-groups.ts";

/** By how much the ratio may miss 1 before anything is scaled. */
export interface Tolerances {
  up: number;
  down: number;
}

/** What is measured of pods, and against what. */
export interface Calculation {
  currentReplicas: number;
  groups: PodGroups;
  metrics: ReadonlyMap<string, PodMetric>;
  tolerances: Tolerances;
  /** How the measured values compare with the target: above 1 there is too much. */
  ratioOf(values: ReadonlyMap<string, number>): number;
  /** What a pod without measurement is taken to use, lest too much is scaled down. */
  assumed(pod: string): number;
}

/** How many replicas there should be for what is measured. @throws Error when nothing is. */
export function replicasFor(calculation: Calculation): number {
  const { currentReplicas, groups, tolerances, ratioOf, assumed } = calculation;
  const values = countedValues(calculation);
  if (values.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const ratio = ratioOf(values);
  const countsUnready = groups.unready.size > 0 && ratio > 1;
  if (!countsUnready && groups.missing.size === 0)
    return isTolerable(ratio, tolerances) ? currentReplicas : Math.ceil(ratio * groups.readyCount);
  if (ratio < 1) for (const pod of groups.missing) values.set(pod, assumed(pod));
  else if (ratio > 1) for (const pod of groups.missing) values.set(pod, 0);
  if (countsUnready) for (const pod of groups.unready) values.set(pod, 0);
  const cautious = ratioOf(values);
  const turned = (ratio < 1 && cautious > 1) || (ratio > 1 && cautious < 1);
  if (isTolerable(cautious, tolerances) || turned) return currentReplicas;
  const replicas = Math.ceil(cautious * values.size);
  const goesWrongWay = (cautious < 1 && replicas > currentReplicas) || (cautious > 1 && replicas < currentReplicas);
  return goesWrongWay ? currentReplicas : replicas;
}

/** The measurements that count: of pods that are ready and stay. */
export function countedValues({ groups, metrics }: Pick<Calculation, "groups" | "metrics">): Map<string, number> {
  const values = new Map<string, number>();
  for (const [pod, { value }] of metrics)
    if (!groups.ignored.has(pod) && !groups.unready.has(pod)) values.set(pod, value);
  return values;
}

/** Whether a ratio is near enough to 1. */
export function isTolerable(ratio: number, { up, down }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
