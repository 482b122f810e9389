import type { Container, Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceQuota } from "../../../../gen/typernetes/core/v1/resource_quota.ts";
import { Quantity } from "../../../../lib/base/quantity.ts";
import { isInScope } from "../../../../lib/resources/resource-quota/scopes.ts";
import { kindUsing, type QuotaAmounts, quotaUsage } from "../../../../lib/resources/resource-quota/usage.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import type { ObjectPath } from "../../registry/object-store.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { QuotaLedger } from "./quota-ledger.ts";

/** Kinds of which a change may use more, too. */
const chargedForChanges = new Set(["services", "persistentvolumeclaims"]);
/** What every container has to name where a quota limits it. */
const mustBeNamed = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

type Quota = ApiObject & ResourceQuota;

/** Nothing is made that a quota of its namespace has no room for. */
export const resourceQuota: AdmissionPluginFactory = (context) => {
  const ledger = new QuotaLedger(context.objects);
  return {
    name: "ResourceQuota",
    validate(request) {
      if (!isCharged(request) || !request.object) return;
      const quotas = quotasFor(context, request, request.object);
      if (quotas.length === 0) return;
      for (const quota of quotas) checkComplete(request, quota);
      const wanted = increase(request, request.object, context.clock.now());
      if (wanted.size === 0) return;
      return chargeAll(context, ledger, request, quotas, wanted);
    },
  };
};

function isCharged({ operation, subresource, info, namespace }: AdmissionRequest): boolean {
  if (!namespace) return false;
  if (operation === "CREATE") return !subresource;
  if (operation !== "UPDATE") return false;
  if (info.groupResource === "pods") return subresource === "resize";
  return !subresource && chargedForChanges.has(info.groupResource);
}

/** The quotas of the namespace that limit what the object uses. */
function quotasFor(
  { cache, resource }: AdmissionContext,
  { info, namespace }: AdmissionRequest,
  object: ApiObject,
): Quota[] {
  const quotaCache = cache.cacheOf(resource("", "resourcequotas"));
  if (quotaCache.size === 0) return [];
  const quotas: Quota[] = quotaCache.snapshot(namespace).map(quotaCache.decode);
  return quotas.filter(
    ({ spec, status }) =>
      Object.keys({ ...spec?.hard, ...status?.hard }).some((name) => kindUsing(name) === info.groupResource) &&
      isInScope(spec, info.groupResource, object),
  );
}

/** @throws StatusError `Forbidden` when it is not known yet what is used, or the pod does not say what it needs. */
function checkComplete({ info, name, object }: AdmissionRequest, { metadata, status }: Quota): void {
  const limited = Object.keys(status?.hard ?? {}).filter((resource) => kindUsing(resource) === info.groupResource);
  const unknown = limited.filter((resource) => status?.used?.[resource] === undefined);
  if (unknown.length > 0) {
    const detail = `status unknown for quota: ${metadata?.name}, resources: ${unknown.sort().join(",")}`;
    throw forbidden(info, name, detail);
  }
  const missing = info.groupResource === "pods" ? unnamed(object ?? {}, limited) : [];
  if (missing.length > 0)
    throw forbidden(info, name, `failed quota: ${metadata?.name}: must specify ${missing.join("; ")}`);
}

/** By resource, the containers that do not name it, where the pod does not either. */
function unnamed({ spec }: Pod, limited: readonly string[]): string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return limited
    .filter((resource) => mustBeNamed.has(resource) && !isNamed({ resources: spec?.resources }, resource))
    .sort()
    .flatMap((resource) => {
      const names = containers.filter((container) => !isNamed(container, resource)).map(({ name }) => name ?? "");
      return names.length > 0 ? [`${resource} for: ${[...new Set(names)].sort().join(",")}`] : [];
    });
}

function isNamed({ resources }: Pick<Container, "resources">, resource: string): boolean {
  const side = resource.startsWith("limits.") ? resources?.limits : resources?.requests;
  return side?.[resource.replace(/^(requests|limits)\./, "")] !== undefined;
}

/** What the object uses more than what it replaces; without what stays as it is. */
function increase({ info, old }: AdmissionRequest, object: ApiObject, nowMs: number): QuotaAmounts {
  const usage = quotaUsage(info.groupResource, object, nowMs);
  if (old) {
    const zero = Quantity.of(0);
    const before = quotaUsage(info.groupResource, old, nowMs);
    for (const name of new Set([...usage.keys(), ...before.keys()]))
      usage.set(name, (usage.get(name) ?? zero).subtract(before.get(name) ?? zero));
  }
  for (const [name, amount] of usage) if (amount.isZero()) usage.delete(name);
  return usage;
}

/** Charges all quotas, or none. @throws StatusError `Forbidden` when one has no room. */
async function chargeAll(
  context: AdmissionContext,
  ledger: QuotaLedger,
  { info, name, namespace, dryRun }: AdmissionRequest,
  quotas: readonly Quota[],
  wanted: QuotaAmounts,
): Promise<void> {
  const charged: [ObjectPath, QuotaAmounts][] = [];
  for (const { metadata, status } of quotas) {
    const amounts = new Map([...wanted].filter(([resource]) => status?.hard?.[resource] !== undefined));
    if (amounts.size === 0) continue;
    const path = { info: context.resource("", "resourcequotas"), namespace, name: metadata?.name ?? "" };
    const refusal = await ledger.charge(path, amounts, dryRun);
    if (refusal === undefined) {
      charged.push([path, amounts]);
      continue;
    }
    if (!dryRun) for (const [before, given] of charged) await ledger.charge(before, negated(given));
    throw forbidden(info, name, refusal);
  }
}

function negated(amounts: QuotaAmounts): QuotaAmounts {
  return new Map([...amounts].map(([name, amount]) => [name, amount.negate()]));
}
