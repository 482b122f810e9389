import { backoffDelay } from "../../../lib/base/backoff.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Core } from "../core.ts";
import type { Pki } from "../pki/pki.ts";
import { publishExtensionAuthentication } from "./extension-authentication.ts";
import { createPriorityClasses } from "./priority-classes.ts";
import type { DefaultPolicy } from "./rbac/default-policy.ts";
import { reconcilePolicy } from "./rbac/reconcile-policy.ts";

/** What puts into the cluster what every cluster has, after the server is ready. */
export interface Furnishing {
  /** Resolves when all of it is there, or the server stops. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

export interface FurnishingParts {
  policy: DefaultPolicy;
  pki: Pki | undefined;
}

/** Stores the default roles and bindings and what other servers go by; again and again until the store takes them. */
export function startFurnishing(core: Core, parts: FurnishingParts): Furnishing {
  const stopping = new AbortController();
  const done = furnish(core, parts, stopping.signal);
  return {
    done,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function furnish(core: Core, { policy, pki }: FurnishingParts, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      if (pki) await publishExtensionAuthentication(core, pki);
      await createPriorityClasses(core);
      await reconcilePolicy(core, policy);
      await core.cache.fresh();
      core.access.defaultsAreStored();
      return;
    } catch (error) {
      if (signal.aborted) return;
      // Another server of the same cluster does the same.
      const isRaced = isStatusError(error, "AlreadyExists", "Conflict");
      if (!isRaced) core.logger.warn({ err: error }, "the cluster's roles and certificates could not be stored");
      const delayMs = backoffDelay(attempt, { initialMs: 100, maxMs: 10_000, jitter: 0.5 });
      await core.clock.sleep(delayMs, signal).catch(() => {});
    }
  }
}
