import type { LimitRange, LimitRangeItem } from "../../../../gen/typernetes/core/v1/limit_range.ts";
import type { PersistentVolumeClaim } from "../../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import { podLimits, podRequests } from "../../../../lib/resources/pod/pod-requests.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import { isStaticPod } from "../../subresources/static-pod.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { amountsOfSums, amountsOfTexts, limitFaults, storageFaults } from "./limit-faults.ts";
import { setDefaults } from "./set-defaults.ts";

/** Containers get the defaults of their namespace's limits; pods and claims stay within those limits. */
export const limitRanger: AdmissionPluginFactory = (context) => ({
  name: "LimitRanger",
  kinds: ["pods", "persistentvolumeclaims"],
  admit(request) {
    if (request.info.groupResource !== "pods" || request.operation !== "CREATE" || request.subresource) return;
    const pod: ApiObject & Pod = request.object ?? {};
    if (isStaticPod(pod)) return;
    const items = limitsOf(context, request.namespace).filter(({ type }) => type === "Container");
    if (items.length > 0) setDefaults(pod, items);
  },
  validate(request) {
    const faultsOf = checkFor(request);
    if (!faultsOf || !request.object) return;
    const object = request.object;
    const faults = limitsOf(context, request.namespace).flatMap((item) => faultsOf(item, object));
    if (faults.length === 0) return;
    throw forbidden(request.info, request.name, faults.length === 1 ? (faults[0] ?? "") : `[${faults.join(", ")}]`);
  },
});

/** By the names of the ranges. */
function limitsOf({ cache, resource }: AdmissionContext, namespace: string | undefined): LimitRangeItem[] {
  if (!namespace) return [];
  const ranges = cache.cacheOf(resource("", "limitranges"));
  if (ranges.size === 0) return [];
  return ranges.snapshot(namespace).flatMap((entry) => {
    const range: ApiObject & LimitRange = ranges.decode(entry);
    return range.metadata?.deletionTimestamp ? [] : (range.spec?.limits ?? []);
  });
}

type Check = (item: LimitRangeItem, object: ApiObject) => string[];

function checkFor({ operation, info, subresource, object }: AdmissionRequest): Check | undefined {
  const isNew = operation === "CREATE" && !subresource;
  if (info.groupResource === "pods") {
    const isResize = operation === "UPDATE" && subresource === "resize";
    return (isNew || isResize) && !isStaticPod(object ?? {}) ? podFaults : undefined;
  }
  if (info.groupResource !== "persistentvolumeclaims") return undefined;
  return isNew || (operation === "UPDATE" && !subresource) ? claimFaults : undefined;
}

function podFaults(item: LimitRangeItem, pod: ApiObject & Pod): string[] {
  if (item.type === "Pod") {
    return limitFaults(item, amountsOfSums(podRequests(pod)), amountsOfSums(podLimits(pod)));
  }
  if (item.type !== "Container") return [];
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.flatMap(({ resources }) =>
    limitFaults(item, amountsOfTexts(resources?.requests), amountsOfTexts(resources?.limits)),
  );
}

function claimFaults(item: LimitRangeItem, { spec }: ApiObject & PersistentVolumeClaim): string[] {
  return item.type === "PersistentVolumeClaim" ? storageFaults(item, amountsOfTexts(spec?.resources?.requests)) : [];
}
