import { backoffDelay } from "../../../lib/base/backoff.ts";
import type { Core } from "../core.ts";
import type { DefaultPolicy } from "./rbac/default-policy.ts";
import { reconcilePolicy } from "./rbac/reconcile-policy.ts";

/** What puts into the cluster what every cluster has, after the server is ready. */
export interface Furnishing {
  /** Resolves when all of it is there, or the server stops. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Stores the default roles and bindings; again and again until the store takes them. */
export function startFurnishing(core: Core, policy: DefaultPolicy): Furnishing {
  const stopping = new AbortController();
  const done = furnish(core, policy, stopping.signal);
  return {
    done,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function furnish(core: Core, policy: DefaultPolicy, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await reconcilePolicy(core, policy);
      await core.cache.fresh();
      core.access.defaultsAreStored();
      return;
    } catch (error) {
      if (signal.aborted) return;
      core.logger.warn({ err: error }, "the default roles could not be stored");
      const delayMs = backoffDelay(attempt, { initialMs: 100, maxMs: 10_000, jitter: 0.5 });
      await core.clock.sleep(delayMs, signal).catch(() => {});
    }
  }
}
