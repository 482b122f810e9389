import { qualifiedName } from "../../api/names.ts";

const containerResources = new Set(["cpu", "memory", "ephemeral-storage"]);
const standardResources = new Set([
  ...containerResources,
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);
const countedResources = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);
const hugePages = "hugepages-";

export function isHugePages(name: string): boolean {
  return name.startsWith(hugePages);
}

/** Whether Kubernetes itself gives the resource its meaning. */
function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** A resource that somebody else's device plugin or scheduler counts, such as `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith("requests.")) return false;
  return qualifiedName(`requests.${name}`).length === 0;
}

/** Whether a container may request less than its limit. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** Resources that are counted in whole numbers. */
export function isWholeResource(name: string): boolean {
  return countedResources.has(name) || isExtendedResource(name);
}

/** What Kubernetes has against a resource of a container; undefined when nothing. */
export function containerResourceError(name: string): string | undefined {
  if (containerResources.has(name)) return undefined;
  if (!name.includes("/")) {
    if (isHugePages(name)) return undefined;
    if (!standardResources.has(name)) return "must be a standard resource type or fully qualified";
    return "must be a standard resource for containers";
  }
  return isNativeResource(name) || isExtendedResource(name)
    ? undefined
    : "doesn't follow extended resource name standard";
}

/** Whether the resources of a whole pod may name it. */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || isHugePages(name);
}
