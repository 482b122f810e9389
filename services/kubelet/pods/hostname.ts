import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

const lengthMax = 63;
/** Of what the kernel takes for a host's name. */
const kernelLengthMax = 64;

/** The name that a pod has for itself: at most 63 characters, unless it names one that goes before all others. */
export function hostnameOf(pod: Pod): string {
  if (pod.spec?.hostnameOverride) return pod.spec.hostnameOverride;
  const name = pod.spec?.hostname || pod.metadata?.name || "";
  return name.slice(0, lengthMax).replace(/[-.]+$/, "");
}

/** The pod's whole name in the cluster's domain; undefined without a subdomain. */
export function fullyQualifiedName(pod: Pod, clusterDomain: string): string | undefined {
  const { subdomain, hostnameOverride } = pod.spec ?? {};
  return subdomain && !hostnameOverride
    ? `${hostnameOf(pod)}.${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}`
    : undefined;
}

/** What the kernel tells the pod's processes. @throws Error when that is more than a kernel takes. */
export function kernelHostname(pod: Pod, clusterDomain: string): string {
  const full = pod.spec?.setHostnameAsFQDN ? fullyQualifiedName(pod, clusterDomain) : undefined;
  if (full === undefined) return hostnameOf(pod);
  if (full.length <= kernelLengthMax) return full;
  const sizes = `(${kernelLengthMax} characters is the max, ${full.length} characters requested)`;
  throw new Error(`failed to construct FQDN from Pod hostname and cluster domain, FQDN ${full} is too long ${sizes}`);
}
