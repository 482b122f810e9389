import { type Pod, PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { clientOf } from "../request/objects.ts";
import { knownKind } from "../request/workloads.ts";

export interface EvictionSettings {
  /** Negative: as the pod says. */
  readonly gracePeriod: number;
  /** Pods are deleted, whatever budgets say. */
  readonly disableEviction: boolean;
  readonly signal: AbortSignal;
}

const retryMs = 5_000;
const pollMs = 250;

/** Evicts a pod and waits until it is gone; waits while a budget forbids it. */
export async function evictPod(context: Context, pod: Pod, settings: EvictionSettings): Promise<void> {
  const { name = "", namespace = "" } = pod.metadata ?? {};
  const verb = settings.disableEviction ? "deleting" : "evicting";
  await context.print(`${verb} pod ${namespace}/${name}`);
  while (!(await ask(context, pod, settings))) {
    await context.note(
      `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.`,
    );
    await context.io.clock.sleep(retryMs, settings.signal);
    await context.print(`${verb} pod ${namespace}/${name}`);
  }
  await untilGone(context, pod, settings.signal);
  await context.print(`pod/${name} ${settings.disableEviction ? "deleted" : "evicted"}`);
}

/** Whether the pod goes now; false when a budget forbids it for the moment. */
async function ask(context: Context, { metadata = {} }: Pod, settings: EvictionSettings): Promise<boolean> {
  const { client } = await context.connect();
  const { name = "", namespace = "", uid } = metadata;
  const deleteOptions = {
    ...(settings.gracePeriod >= 0 ? { gracePeriodSeconds: settings.gracePeriod } : {}),
    ...(uid ? { preconditions: { uid } } : {}),
  };
  try {
    if (settings.disableEviction)
      await client.core.v1.pods.delete(name, { namespace, ...deleteOptions, signal: settings.signal });
    else {
      const eviction = { metadata: { name, namespace }, deleteOptions };
      await client.call(PodServiceDefinition, "evict", { eviction }, { signal: settings.signal });
    }
    return true;
  } catch (error) {
    if (isStatusError(error, "NotFound", "Conflict")) return true;
    if (isStatusError(error, "TooManyRequests")) return false;
    throw isStatusError(error)
      ? new CliError(
          `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${error.message}`,
        )
      : error;
  }
}

async function untilGone(context: Context, { metadata = {} }: Pod, signal: AbortSignal): Promise<void> {
  const { name = "", namespace = "", uid } = metadata;
  const client = await clientOf(context, knownKind("", "pods"));
  for (;;) {
    try {
      const now = await client.get(name, { namespace, signal });
      if (now.metadata?.uid !== uid) return;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return;
      throw error;
    }
    await context.io.clock.sleep(pollMs, signal);
  }
}
