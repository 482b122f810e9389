import { onAbort } from "../../lib/base/abort.ts";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { createInformer } from "../../lib/client/create-informer.ts";
import type { InNamespace, KubernetesObject, ResourceClient } from "../../lib/client/resource-client.ts";

export interface WaitOptions extends InNamespace {
  /** The wait fails with reason `Timeout` after this many milliseconds; 60,000 when absent. */
  timeoutMs?: number;
  /** Ends the wait; it then throws the signal's reason. */
  signal?: AbortSignal;
  clock?: Clock;
}

const defaultTimeoutMs = 60_000;

/**
 * Waits until `holds` is true of the object of that name, which is undefined while there is none; answers what it was true
 * of. Follows the object through broken connections.
 * @throws StatusError `Timeout`; what `holds` throws.
 */
export async function waitFor<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  name: string,
  holds: (object: T | undefined) => boolean,
  options: WaitOptions = {},
): Promise<T | undefined> {
  const { namespace, timeoutMs = defaultTimeoutMs, signal, clock = systemClock } = options;
  const selector = { fieldSelector: `metadata.name=${name}`, ...(namespace !== undefined && { namespace }) };
  const informer = createInformer(resource, { selector, clock });
  const clean: (() => void)[] = [];
  try {
    return await new Promise<T | undefined>((resolve, reject) => {
      const timedOut = () => reject(new StatusError("Timeout", timeoutMessage(resource, name)));
      clean.push(clock.schedule(timeoutMs, timedOut));
      clean.push(onAbort(signal, () => reject(signal?.reason)));
      const look = (object: T | undefined) => {
        try {
          if (holds(object)) resolve(object);
        } catch (error) {
          reject(error);
        }
      };
      informer.addHandler({ added: look, updated: (_, after) => look(after), deleted: () => look(undefined) });
      informer.start();
      const synced = () => {
        if (informer.lister.size === 0) look(undefined);
      };
      informer.waitForSync(signal).then(synced, reject);
    });
  } finally {
    for (const undo of clean) undo();
    await informer.stop();
  }
}

function timeoutMessage({ plural }: { plural: string }, name: string): string {
  return `timed out waiting for the condition on ${plural}/${name}`;
}

interface Conditioned {
  metadata?: { generation?: number | undefined } | undefined;
  status?: {
    observedGeneration?: number | undefined;
    conditions?: readonly { type?: string | undefined; status?: string | undefined }[] | undefined;
  };
}

/** Waits until the object has a condition (`Ready`, `Available`) with `status`, `True` when absent, of its newest state. */
export async function waitForCondition<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  name: string,
  type: string,
  options: WaitOptions & { status?: "True" | "False" | "Unknown" } = {},
): Promise<T> {
  const { status = "True", ...rest } = options;
  const found = await waitFor(resource, name, (object) => hasCondition(object, type, status), rest);
  if (!found) throw new TypeError("a condition held of nothing");
  return found;
}

function hasCondition(object: Conditioned | undefined, type: string, status: string): boolean {
  const { observedGeneration, conditions } = object?.status ?? {};
  if (observedGeneration !== undefined && observedGeneration < (object?.metadata?.generation ?? 0)) return false;
  return conditions?.some((condition) => condition.type === type && condition.status === status) === true;
}

/** Waits until no object has that name; with `uid`, until it is not that one. */
export async function waitUntilGone<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  name: string,
  options: WaitOptions & { uid?: string | undefined } = {},
): Promise<void> {
  const { uid, ...rest } = options;
  const isGone = (object: T | undefined) => !object || (uid !== undefined && object.metadata?.uid !== uid);
  await waitFor(resource, name, isGone, rest);
}
