import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceQuota } from "../../../gen/typernetes/core/v1/resource_quota.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { Quantity } from "../../../lib/base/quantity.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isInScope } from "../../../lib/resources/resource-quota/scopes.ts";
import { isPodCharged, kindUsing, type QuotaAmounts, quotaUsage } from "../../../lib/resources/resource-quota/usage.ts";
import { CountedKinds } from "./counted-kinds.ts";
import { RecentCharges } from "./recent-charges.ts";

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
  readonly #charges: RecentCharges;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#quotas = context.informers.informer(context.client.core.v1.resourcequotas);
    this.#counted = new CountedKinds(context);
    this.#charges = new RecentCharges(context.clock, recheckMs);
  }

  setUp(enqueue: Enqueue): void {
    this.#quotas.addHandler({
      added: (quota) => enqueue(objectKey(quota)),
      updated: (before, quota) => {
        this.#charges.charged(objectKey(quota), rise(before, quota));
        if (!deepEqual(before.spec, quota.spec)) enqueue(objectKey(quota));
        else if (!deepEqual(before.status, quota.status)) enqueue(objectKey(quota), recheckMs);
      },
      deleted: (quota) => this.#charges.forget(objectKey(quota)),
    });
    const recount = (kind: string, object: KubernetesObject, afterMs?: number) => {
      for (const quota of this.#quotasOf(kind, object)) enqueue(objectKey(quota), afterMs);
    };
    this.#counted.onChange({
      added: (kind, object) => {
        this.#noteThere(kind, object);
        recount(kind, object, recheckMs);
      },
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
    // Before the counting: what comes to be meanwhile is in one of both at least.
    const pending = this.#charges.pending(key);
    const counted = await this.#usage(quota, signal);
    const used = withPending(counted, pending, quota.status?.used);
    if (!deepEqual(quota.status, { hard, used })) await this.#write({ ...quota, status: { hard, used } });
    return { requeueAfterMs: deepEqual(used, counted) ? resyncMs : recheckMs };
  }

  close(): void {
    this.#counted.close();
  }

  /** The quotas that count a kind, where an object of it is. */
  #quotasOf(kind: string, { metadata }: KubernetesObject): ResourceQuota[] {
    return this.#quotas.lister
      .list()
      .filter((quota) => quota.metadata?.namespace === metadata?.namespace && kindsOf(quota).has(kind));
  }

  #noteThere(kind: string, object: KubernetesObject): void {
    const usage = quotaUsage(kind, object, this.#context.clock.now());
    for (const quota of this.#quotasOf(kind, object))
      if (isInScope(quota.spec, kind, object)) this.#charges.cameToBe(objectKey(quota), usage);
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

/** What has been charged between two states of a quota. */
function rise(before: ResourceQuota, after: ResourceQuota): QuotaAmounts {
  const was = before.status?.used ?? {};
  const amounts = Object.entries(after.status?.used ?? {}).flatMap(([name, text]): [string, Quantity][] => {
    const old = was[name];
    return old === undefined || old === text ? [] : [[name, Quantity.parse(text).subtract(Quantity.parse(old))]];
  });
  return new Map(amounts);
}

/** What has been counted, and what is pending of what has been charged. */
function withPending(
  counted: Record<string, string>,
  pending: QuotaAmounts,
  charged: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const amounts = Object.entries(counted).map(([name, text]) => {
    const [amount, most] = [Quantity.parse(text), Quantity.parse(charged[name] ?? text)];
    const waiting = pending.get(name);
    if (!waiting || amount.compare(most) >= 0) return [name, text];
    const all = amount.add(waiting);
    return [name, (all.compare(most) < 0 ? all : most).toString()];
  });
  return Object.fromEntries(amounts);
}

function shown([name, amount]: [string, Quantity]): string {
  return `${name}=${amount}`;
}

function kindsOf({ spec }: ResourceQuota): Set<string> {
  return new Set(Object.keys(spec?.hard ?? {}).flatMap((name) => kindUsing(name) ?? []));
}
