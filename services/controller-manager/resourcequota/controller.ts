import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceQuota } from "../../../gen/typernetes/core/v1/resource_quota.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { Quantity } from "../../../lib/base/quantity.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isInScope } from "../../../lib/resources/resource-quota/scopes.ts";
import { isPodCharged, kindUsing, quotaUsage } from "../../../lib/resources/resource-quota/usage.ts";
import { CountedKinds } from "./counted-kinds.ts";

/** The API server charges what is made; whether that came to be is looked at after a while. */
const recheckMs = 3_000;
/** Everything is counted anew from time to time. */
const resyncMs = 5 * 60_000;

/** Keeps in the status of each quota how much of it is used, and gives back what is used no more. */
export function createResourceQuotaController(context: ControllerContext): Controller {
  return new ResourceQuotaController(context);
}

class ResourceQuotaController implements Controller {
  readonly name = "resourcequota-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #quotas: Informer<ResourceQuota>;
  readonly #counted: CountedKinds;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#quotas = context.informers.informer(context.client.core.v1.resourcequotas);
    this.#counted = new CountedKinds(context);
  }

  setUp(enqueue: Enqueue): void {
    this.#quotas.addHandler({
      added: (quota) => enqueue(objectKey(quota)),
      updated: (before, quota) => {
        if (!deepEqual(before.spec, quota.spec)) enqueue(objectKey(quota));
        else if (!deepEqual(before.status, quota.status)) enqueue(objectKey(quota), recheckMs);
      },
    });
    const recount = (kind: string, { metadata }: KubernetesObject, afterMs?: number) => {
      for (const quota of this.#quotas.lister.list())
        if (quota.metadata?.namespace === metadata?.namespace && kindsOf(quota).has(kind))
          enqueue(objectKey(quota), afterMs);
    };
    this.#counted.onChange({
      added: (kind, object) => recount(kind, object, recheckMs),
      updated: (kind, before, after) => {
        if (this.#usesLess(kind, before, after)) recount(kind, after);
      },
      deleted: (kind, object) => recount(kind, object),
      redefined: (kind) => {
        for (const quota of this.#quotas.lister.list()) if (kindsOf(quota).has(kind)) enqueue(objectKey(quota));
      },
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void> {
    const quota = this.#quotas.lister.byKey(key);
    if (!quota || quota.metadata?.deletionTimestamp) return;
    const hard = quota.spec?.hard ?? {};
    const used = await this.#usage(quota, signal);
    if (!deepEqual(quota.status, { hard, used })) await this.#write({ ...quota, status: { hard, used } });
    return { requeueAfterMs: resyncMs };
  }

  close(): void {
    this.#counted.close();
  }

  /** What all objects of the namespace use of what the quota limits. */
  async #usage(quota: ResourceQuota, signal: AbortSignal): Promise<Record<string, string>> {
    const now = this.#context.clock.now();
    const total = new Map<string, Quantity>();
    for (const name of Object.keys(quota.spec?.hard ?? {})) total.set(name, Quantity.of(0));
    for (const kind of kindsOf(quota)) {
      for (const object of await this.#counted.list(kind, quota.metadata?.namespace ?? "", signal)) {
        if (!isInScope(quota.spec, kind, object)) continue;
        for (const [name, amount] of quotaUsage(kind, object, now)) {
          const before = total.get(name);
          if (before) total.set(name, before.add(amount));
        }
      }
    }
    return Object.fromEntries([...total].map(([name, amount]) => [name, amount.toString()]));
  }

  /** Of the state that was counted for: what has been charged since is counted next time. */
  async #write(quota: ResourceQuota): Promise<void> {
    try {
      await this.#context.client.core.v1.resourcequotas.updateStatus(quota);
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #usesLess(kind: string, before: KubernetesObject, after: KubernetesObject): boolean {
    const now = this.#context.clock.now();
    if (kind === "pods") {
      const [was, is]: [Pod & KubernetesObject, Pod & KubernetesObject] = [before, after];
      if (isPodCharged(was, now) && !isPodCharged(is, now)) return true;
      if (was.spec === is.spec) return false;
    }
    return !deepEqual([...quotaUsage(kind, before, now)].map(shown), [...quotaUsage(kind, after, now)].map(shown));
  }
}

function shown([name, amount]: [string, Quantity]): string {
  return `${name}=${amount}`;
}

function kindsOf({ spec }: ResourceQuota): Set<string> {
  return new Set(Object.keys(spec?.hard ?? {}).flatMap((name) => kindUsing(name) ?? []));
}
