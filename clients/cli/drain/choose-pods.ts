import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

export interface DrainRules {
  readonly force: boolean;
  readonly ignoreDaemonsets: boolean;
  readonly deleteEmptydirData: boolean;
}

/** What happens to the pods of a node that is drained. */
export interface Choice {
  readonly evicted: Pod[];
  /** Why the node cannot be drained; empty when it can. */
  readonly refusals: string[];
  /** What is worth knowing. */
  readonly warnings: string[];
}

const mirrorAnnotation = "kubernetes.io/config.mirror";

/** A reason to keep a pod, and what it says of the pods that it concerns. */
interface Filter {
  readonly concerns: (pod: Pod, rules: DrainRules) => boolean;
  /** The flag with which these pods are no obstacle. */
  readonly isAllowed: (rules: DrainRules) => boolean;
  readonly refusal: string;
  readonly warning: string;
  /** Allowed pods stay on the node. */
  readonly stays: boolean;
}

const hasEnded = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
const controllerOf = (pod: Pod) => pod.metadata?.ownerReferences?.find(({ controller }) => controller);
const isOfDaemonSet = (pod: Pod) => controllerOf(pod)?.kind === "DaemonSet" && !hasEnded(pod);

const filters: readonly Filter[] = [
  {
    concerns: isOfDaemonSet,
    isAllowed: ({ ignoreDaemonsets }) => ignoreDaemonsets,
    refusal: "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
    warning: "ignoring DaemonSet-managed Pods",
    stays: true,
  },
  {
    concerns: (pod) =>
      pod.spec?.volumes?.some(({ emptyDir }) => emptyDir) === true && !hasEnded(pod) && !isOfDaemonSet(pod),
    isAllowed: ({ deleteEmptydirData }) => deleteEmptydirData,
    refusal: "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
    warning: "",
    stays: false,
  },
  {
    concerns: (pod) => controllerOf(pod) === undefined && !hasEnded(pod),
    isAllowed: ({ force }) => force,
    refusal: "cannot delete Pods that declare no controller (use --force to override)",
    warning: "deleting Pods that declare no controller",
    stays: false,
  },
];

/** Decides which of a node's pods go. Pods of the node itself (mirrors of files) always stay. */
export function choosePods(pods: readonly Pod[], rules: DrainRules): Choice {
  const movable = pods.filter((pod) => !Object.hasOwn(pod.metadata?.annotations ?? {}, mirrorAnnotation));
  const kept = new Set<Pod>();
  const refusals: string[] = [];
  const warnings: string[] = [];
  for (const filter of filters) {
    const concerned = movable.filter((pod) => filter.concerns(pod, rules));
    if (concerned.length === 0) continue;
    const names = concerned.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).join(", ");
    if (!filter.isAllowed(rules)) refusals.push(`${filter.refusal}: ${names}`);
    else if (filter.warning) warnings.push(`${filter.warning}: ${names}`);
    if (filter.stays) for (const pod of concerned) kept.add(pod);
  }
  return { evicted: movable.filter((pod) => !kept.has(pod)), refusals, warnings };
}
