import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { Family } from "./cluster-addresses.ts";

/**
 * Completes a service's `ipFamilyPolicy` and `ipFamilies` by what the cluster has, `configured`, its own first; `old` is the
 * service before an update. Replaces lists, and changes none.
 * @throws StatusError `Invalid` when they contradict each other or the cluster.
 */
export function completeFamilies(service: Service, old: Service | undefined, configured: readonly Family[]): void {
  const spec = service.spec ?? {};
  if (spec.type === "ExternalName" || keepsPreference(service, old)) return;
  spec.ipFamilyPolicy ||= old?.spec?.ipFamilyPolicy ?? defaultPolicy(service);
  const errors = new FieldErrors();
  const check = () => {
    const error = errors.toError({ group: "", kind: "Service", name: service.metadata?.name ?? "" });
    if (error) throw error;
  };
  if (old) releaseSecond(service, old, errors);
  refuseSecond(service, errors);
  inferFamilies(service, configured, errors);
  check();
  if (isUnguided(service)) return completeUnguided(service, configured);
  refuseUnconfigured(service, configured, errors);
  check();
  if (!spec.ipFamilies?.length) spec.ipFamilies = configured.slice(0, 1);
  if (spec.ipFamilyPolicy !== "SingleStack" && spec.ipFamilies.length === 1 && configured.length === 2)
    spec.ipFamilies = [...spec.ipFamilies, otherFamily(spec.ipFamilies)];
}

/** Services that only prefer two families change with no update that does not speak of them. */
function keepsPreference({ spec }: Service, old: Service | undefined): boolean {
  const before = old?.spec;
  if (!spec || !before || spec.ipFamilyPolicy !== "PreferDualStack" || before.ipFamilyPolicy !== "PreferDualStack")
    return false;
  return isSameList(spec.clusterIPs, before.clusterIPs) && isSameList(spec.ipFamilies, before.ipFamilies);
}

function defaultPolicy(service: Service): string {
  return isUnguided(service) ? "RequireDualStack" : "SingleStack";
}

/** Whoever writes its endpoints decides on their families. */
function isUnguided({ spec }: Service): boolean {
  return spec?.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
}

function completeUnguided({ spec = {} }: Service, configured: readonly Family[]): void {
  if (!spec.ipFamilies?.length) spec.ipFamilies = configured.slice(0, 1);
  if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== "SingleStack")
    spec.ipFamilies = [...spec.ipFamilies, otherFamily(spec.ipFamilies)];
}

/** The second address and family go when the policy says so, and only then. */
function releaseSecond({ spec = {} }: Service, old: Service, errors: FieldErrors): void {
  const before = old.spec ?? {};
  if (spec.ipFamilyPolicy === "SingleStack") {
    if (isSameList(spec.clusterIPs, before.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (isSameList(spec.ipFamilies, before.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return;
  }
  const refuse = (what: string) =>
    errors.invalid(
      "spec.ipFamilyPolicy",
      spec.ipFamilyPolicy,
      `must be 'SingleStack' to release the secondary ${what}`,
    );
  if (isReduced(spec.clusterIPs, before.clusterIPs)) refuse("cluster IP");
  if (isReduced(spec.ipFamilies, before.ipFamilies)) refuse("IP family");
}

function isReduced(now: readonly string[] = [], before: readonly string[] = []): boolean {
  return now.length === 1 && before.length === 2 && now[0] === before[0];
}

function refuseSecond({ spec = {} }: Service, errors: FieldErrors): void {
  if (spec.ipFamilyPolicy !== "SingleStack") return;
  const refuse = (what: string) =>
    errors.invalid(
      "spec.ipFamilyPolicy",
      spec.ipFamilyPolicy,
      `must be RequireDualStack or PreferDualStack when multiple ${what} are specified`,
    );
  if (spec.clusterIPs?.length === 2) refuse("cluster IPs");
  if (spec.ipFamilies?.length === 2) refuse("IP families");
}

function inferFamilies({ spec = {} }: Service, configured: readonly Family[], errors: FieldErrors): void {
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === "None") return;
    const family = address.includes(":") ? "IPv6" : "IPv4";
    if (index < (spec.ipFamilies?.length ?? 0)) continue;
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`);
  }
}

function refuseUnconfigured({ spec = {} }: Service, configured: readonly Family[], errors: FieldErrors): void {
  if (spec.ipFamilyPolicy === "RequireDualStack" && configured.length < 2)
    errors.invalid(
      "spec.ipFamilyPolicy",
      spec.ipFamilyPolicy,
      "this cluster is not configured for dual-stack services",
    );
  for (const [index, family] of (spec.ipFamilies ?? []).entries())
    if (!configured.some((own) => own === family))
      errors.invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster");
}

function otherFamily([first]: readonly string[]): Family {
  return first === "IPv4" ? "IPv6" : "IPv4";
}

function isSameList(left: readonly string[] = [], right: readonly string[] = []): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
