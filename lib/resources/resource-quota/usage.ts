import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { Quantity } from "../../base/quantity.ts";
import { podLimits, podRequests, type ResourceAmounts } from "../pod/pod-requests.ts";
import { isHugePages } from "../pod-template/resource-names.ts";
import type { ApiObject } from "../strategy.ts";

/** Amounts by resource, as quotas name them. */
export type QuotaAmounts = ReadonlyMap<string, Quantity>;

const computeResources = ["cpu", "memory", "ephemeral-storage"];
const ofPods = new Set([
  "pods",
  ...computeResources,
  ...computeResources.map((name) => `requests.${name}`),
  ...computeResources.map((name) => `limits.${name}`),
]);
const ofServices = new Set(["services", "services.nodeports", "services.loadbalancers"]);
const ofClaims = new Set(["persistentvolumeclaims", "requests.storage"]);
const storageClassInfix = ".storageclass.storage.k8s.io/";
/** Kinds that quotas also count by their plain name. */
const plainlyCounted = new Set(["configmaps", "secrets", "replicationcontrollers", "resourcequotas"]);
const one = Quantity.of(1);

/** The kind (`pods`, `jobs.batch`) that uses a resource of a quota; undefined when none does. */
export function kindUsing(name: string): string | undefined {
  if (name.startsWith("count/")) return name.slice("count/".length);
  if (ofServices.has(name)) return "services";
  if (ofClaims.has(name) || name.includes(storageClassInfix)) return "persistentvolumeclaims";
  if (plainlyCounted.has(name)) return name;
  if (ofPods.has(name) || isHugePages(name) || name.startsWith("requests.")) return "pods";
  return undefined;
}

/** What an object of a kind (`pods`, `jobs.batch`) uses at the time. */
export function quotaUsage(kind: string, object: ApiObject, nowMs: number): Map<string, Quantity> {
  const usage = new Map<string, Quantity>([[`count/${kind}`, one]]);
  if (kind === "pods") addPod(usage, object, nowMs);
  else if (kind === "services") addService(usage, object);
  else if (kind === "persistentvolumeclaims") addClaim(usage, object);
  else if (plainlyCounted.has(kind)) usage.set(kind, one);
  return usage;
}

/** Whether a pod still uses what it asked for: not once it has ended, or should have long since. */
export function isPodCharged({ metadata, status }: ApiObject & Pod, nowMs: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return false;
  if (!metadata?.deletionTimestamp) return true;
  return nowMs <= Date.parse(metadata.deletionTimestamp) + (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
}

function addPod(usage: Map<string, Quantity>, pod: ApiObject & Pod, nowMs: number): void {
  if (!isPodCharged(pod, nowMs)) return;
  usage.set("pods", one);
  for (const [name, amount] of quantities(podRequests(pod))) {
    usage.set(`requests.${name}`, amount);
    if (computeResources.includes(name) || isHugePages(name)) usage.set(name, amount);
  }
  for (const [name, amount] of quantities(podLimits(pod)))
    if (computeResources.includes(name)) usage.set(`limits.${name}`, amount);
}

function quantities(amounts: ResourceAmounts): [string, Quantity][] {
  return Object.entries(amounts).map(([name, amount]) => {
    if (name === "cpu") return [name, Quantity.ofMilli(Math.round(amount))];
    return [name, Quantity.of(Math.round(amount), name.includes("/") ? "DecimalSI" : "BinarySI")];
  });
}

function addService(usage: Map<string, Quantity>, { spec }: ApiObject & Service): void {
  const ports = spec?.ports ?? [];
  let nodePorts = 0;
  if (spec?.type === "NodePort") nodePorts = ports.length;
  if (spec?.type === "LoadBalancer")
    nodePorts =
      spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
  usage.set("services", one);
  usage.set("services.nodeports", Quantity.of(nodePorts));
  usage.set("services.loadbalancers", Quantity.of(spec?.type === "LoadBalancer" ? 1 : 0));
}

function addClaim(usage: Map<string, Quantity>, { metadata, spec, status }: ApiObject & PersistentVolumeClaim): void {
  const annotated = metadata?.annotations?.["volume.beta.kubernetes.io/storage-class"];
  const storageClass = annotated ?? spec?.storageClassName;
  const allocated = status?.allocatedResources?.storage;
  const wanted = Quantity.parse(spec?.resources?.requests?.storage ?? "0");
  // While a volume grows, what it is growing to counts.
  const storage = allocated && Quantity.parse(allocated).compare(wanted) > 0 ? Quantity.parse(allocated) : wanted;
  usage.set("persistentvolumeclaims", one);
  usage.set("requests.storage", storage);
  if (!storageClass) return;
  usage.set(`${storageClass}${storageClassInfix}persistentvolumeclaims`, one);
  usage.set(`${storageClass}${storageClassInfix}requests.storage`, storage);
}
