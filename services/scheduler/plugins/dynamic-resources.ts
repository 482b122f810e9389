import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { type ClaimDevices, findDevices } from "../devices/allocation-search.ts";
import { matchesSelector } from "../devices/device-pools.ts";
import { AllocationError, waysOf } from "../devices/device-requests.ts";
import type { PodDeviceClaim } from "../devices/pod-claims.ts";
import type { Plugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/refusal.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** Why a node will not do that does not reach the devices of a claim; another choice of devices might. */
export const notReachable = unresolvable("resourceclaim not available on the node");
const noDevices = unresolvable("cannot allocate all claims");
/** As many a claim may be reserved for. */
const consumersMax = 256;
const alternativesMax = 8;

/** Keeps pods to nodes on which their claims have devices, or can get some; prefers nodes that have the better ones. */
export const dynamicResources: Plugin = {
  name: "DynamicResources",
  wakeOn: ["DevicesChanged", "ClaimChanged", "NodeAdded", "NodeLabelsChanged", "PodChanged"],
  weight: 2,
  normalise: "highest",
  preFilter(pod, snapshot) {
    for (const reference of pod.deviceClaims) {
      const problem = claimProblem(reference, pod, snapshot);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  filter(pod, snapshot) {
    if (pod.deviceClaims.length === 0) return undefined;
    const claims = claimsOf(pod, snapshot);
    const selectors = claims.flatMap(({ status }) => status?.allocation?.nodeSelector ?? []);
    const waiting = claims.filter(({ status }) => !status?.allocation);
    return (node) => {
      const entry = snapshot.entry(node);
      if (selectors.some((selector) => !matchesSelector(selector, entry))) return notReachable;
      if (waiting.length === 0) return undefined;
      const found = devicesFor(waiting, snapshot, node);
      if (typeof found === "string") return unresolvable(found);
      return found ? undefined : noDevices;
    };
  },
  score(pod, snapshot) {
    if (pod.deviceClaims.length === 0) return undefined;
    const waiting = unallocatedClaims(pod, snapshot);
    const hasAlternatives = waiting.some(({ spec }) =>
      spec?.devices?.requests?.some(({ firstAvailable }) => firstAvailable?.length),
    );
    if (!hasAlternatives) return undefined;
    return (node) => {
      const found = devicesFor(waiting, snapshot, node);
      return Array.isArray(found) ? found.reduce((sum, claim) => sum + rating(claim), 0) : 0;
    };
  },
  hint: ({ deviceClaims }, change, { claim }) =>
    change !== "ClaimChanged" || claim === undefined || deviceClaims.some(({ key }) => key === claim),
};

/** The claims of a pod that are there. */
export function claimsOf({ deviceClaims }: PodInfo, { devices }: Snapshot): ResourceClaim[] {
  return deviceClaims.flatMap(({ key }) => devices.claim(key ?? "") ?? []);
}

/** Those of them that have no devices yet. */
export function unallocatedClaims(pod: PodInfo, snapshot: Snapshot): ResourceClaim[] {
  return claimsOf(pod, snapshot).filter(({ status }) => !status?.allocation);
}

/** Devices for claims on a node; undefined when there are none, a text when something is wrong. */
export function devicesFor(
  claims: readonly ResourceClaim[],
  snapshot: Snapshot,
  node: number,
): ClaimDevices[] | string | undefined {
  try {
    return findDevices(claims, snapshot.entry(node), snapshot.devices);
  } catch (error) {
    if (error instanceof AllocationError) return error.message;
    throw error;
  }
}

/** The better the alternatives, the more; the first is worth 8. */
function rating({ claim, given }: ClaimDevices): number {
  const requests = claim.spec?.devices?.requests ?? [];
  return given.reduce((sum, { wish }, index) => {
    const place = waysOf(requests[index] ?? {}).findIndex(({ name }) => name === wish.name);
    return sum + alternativesMax - Math.max(place, 0);
  }, 0);
}

/** What keeps a claim from every node. */
function claimProblem({ key, isGenerated }: PodDeviceClaim, pod: PodInfo, { devices }: Snapshot): string | undefined {
  if (key === undefined) return `pod "${pod.key}": ResourceClaim not created yet`;
  const claim = devices.claim(key);
  const name = key.slice(key.indexOf("/") + 1);
  if (!claim) return `resourceclaim.resource.k8s.io "${name}" not found`;
  if (claim.metadata?.deletionTimestamp) return `resourceclaim "${name}" is being deleted`;
  if (isGenerated && !claim.metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.uid))
    return `ResourceClaim ${key} was not created for pod ${pod.key} (pod is not owner)`;
  const { allocation, reservedFor = [] } = claim.status ?? {};
  if (!allocation) return devices.promisedTo(key) ? inProcess(key) : missingClass(claim, devices.classes);
  const isReserved = reservedFor.some(({ uid }) => uid === pod.uid);
  return isReserved || reservedFor.length < consumersMax ? undefined : "resourceclaim in use";
}

function inProcess(key: string): string {
  return `resource claim ${key} is in the process of being allocated`;
}

function missingClass({ spec }: ResourceClaim, classes: ReadonlyMap<string, unknown>): string | undefined {
  for (const { name, request } of (spec?.devices?.requests ?? []).flatMap(waysOf))
    if (!classes.has(request.deviceClassName ?? ""))
      return `request ${name}: device class ${request.deviceClassName} does not exist`;
  return undefined;
}
