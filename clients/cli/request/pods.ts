import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { LabelSelector } from "../../../gen/typernetes/meta/v1/selector.ts";
import { formatLabelSelector, labelMatcherOfSet } from "../../../lib/api/label-selector.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { getObject, listObjects } from "./objects.ts";
import { knownKind } from "./workloads.ts";

/** The pods that a selector selects. */
export async function podsOfSelector(context: Context, selector: string): Promise<Pod[]> {
  return (await listObjects(context, knownKind("", "pods"), { selector })).objects;
}

const pollMs = 500;

/** The pod of that name, or one of the pods of a workload: one that runs and is ready before others, waited for. */
export async function podBehind(context: Context, info: ResourceInfo, name: string, timeoutMs: number): Promise<Pod> {
  const object = await getObject(context, info, name);
  if (info.group === "" && info.plural === "pods") return object;
  const selector = selectorOf(info, object);
  const until = context.io.clock.monotonic() + timeoutMs;
  for (;;) {
    const pods = await podsOfSelector(context, selector);
    const [best] = pods.sort((left, right) => rank(left) - rank(right));
    if (best) {
      if (pods.length > 1) await context.note(`Found ${pods.length} pods, using pod/${best.metadata?.name}`);
      return best;
    }
    if (context.io.clock.monotonic() > until) throw new CliError("timed out waiting for the condition");
    await context.io.clock.sleep(pollMs, context.io.signal);
  }
}

function selectorOf(info: ResourceInfo, object: ApiObject): string {
  const spec = "spec" in object && isRecord(object.spec) ? object.spec : {};
  const selector = spec["selector"];
  if (!isRecord(selector)) throw new CliError(`cannot get the logs from ${info.kind}: it selects no pods`);
  const isPlain = info.kind === "Service" || info.kind === "ReplicationController";
  // The contract of the kind says which of the two it is.
  return isPlain
    ? labelMatcherOfSet(selector as Record<string, string>).toString()
    : formatLabelSelector(selector as LabelSelector);
}

/** Lower is better. */
function rank({ spec, status }: Pod): number {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True");
  return (spec?.nodeName ? 0 : 4) + (status?.phase === "Running" ? 0 : 2) + (isReady ? 0 : 1);
}

/** The names of all containers of a pod, in the order in which they are started. */
export function containersOf({ spec = {} }: Pod): string[] {
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  return all.map(({ name }) => name ?? "");
}

/** The container that is meant when none is named; tells so where the pod has several. */
export async function defaultContainer(context: Context, pod: Pod): Promise<string> {
  const annotated = pod.metadata?.annotations?.["kubectl.kubernetes.io/default-container"];
  if (annotated && containersOf(pod).includes(annotated)) return annotated;
  const [first] = pod.spec?.containers ?? [];
  const initial = new Set((pod.spec?.initContainers ?? []).map(({ name }) => name));
  const all = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
    ...(pod.spec?.initContainers ?? []),
  ];
  if (all.length > 1) {
    const names = all.map(({ name }) => (initial.has(name) ? `${name} (init)` : `${name}`));
    await context.note(`Defaulted container ${JSON.stringify(first?.name ?? "")} out of: ${names.join(", ")}`);
  }
  return first?.name ?? "";
}
