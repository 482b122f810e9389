import type { Extender as ExtenderSettings } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import type { ClusterChange } from "../framework/cluster-change.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Extender } from "./extender.ts";

const defaultTimeoutMs = 5000;
/** Nobody knows what an extender looks at: anything may change its mind. */
const wakeOn: readonly ClusterChange[] = [
  "NodeAdded",
  "NodeAllocatableChanged",
  "NodeLabelsChanged",
  "NodeTaintsChanged",
  "PodAdded",
  "PodRemoved",
  "PodChanged",
  "VolumesChanged",
  "DevicesChanged",
];

type Asked = "filter" | "prioritize" | "preempt" | "bind" | "close";

/** What the settings say of an extender, however it is asked. */
export function extenderTraits(settings: ExtenderSettings): Omit<Extender, Asked> {
  const { urlPrefix = "extender", weight = 1, ignorable = false, managedResources = [] } = settings;
  const managed = managedResources.map(({ name = "" }) => name);
  return {
    name: urlPrefix,
    wakeOn,
    weight,
    ignorable,
    filters: Boolean(settings.filterVerb),
    prioritizes: Boolean(settings.prioritizeVerb),
    preempts: Boolean(settings.preemptVerb),
    binds: Boolean(settings.bindVerb),
    isInterested: (pod) => managed.length === 0 || managed.some((name) => asksFor(pod, name)),
  };
}

/** How long an extender may think. @throws DurationError */
export function extenderTimeoutMs({ httpTimeout }: ExtenderSettings): number {
  return httpTimeout ? parseGoDuration(httpTimeout) : defaultTimeoutMs;
}

function asksFor({ pod, extended }: PodInfo, name: string): boolean {
  if (extended.has(name)) return true;
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers].some(
    ({ resources }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined,
  );
}
