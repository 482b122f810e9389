import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { RuntimeClass } from "../../../../gen/typernetes/node/v1/runtime_class.ts";
import { deepEqual } from "../../../../lib/api/deep.ts";
import { forbidden } from "../../errors.ts";
import { storeKey } from "../../resource-info.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";

/** A pod has the overhead of its class of runtime, and goes where that class is. */
export const runtimeClass: AdmissionPluginFactory = (context) => ({
  name: "RuntimeClass",
  kinds: ["pods"],
  admit(request) {
    const pod = createdPod(request);
    if (pod?.spec?.runtimeClassName) return takeClass(context, request, pod);
  },
  validate(request) {
    const pod = createdPod(request);
    if (pod?.spec?.overhead) return checkOverhead(context, request, pod);
  },
});

async function takeClass(context: AdmissionContext, request: AdmissionRequest, pod: Pod): Promise<void> {
  const found = await classOf(context, request, pod);
  if (!found) return;
  const { overhead, scheduling } = found;
  const spec = { ...pod.spec };
  if (overhead) {
    if (spec.overhead && !deepEqual(spec.overhead, overhead.podFixed))
      throw forbidden(
        request.info,
        request.name,
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
      );
    spec.overhead = { ...overhead.podFixed };
  }
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      throw forbidden(
        request.info,
        request.name,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
  }
  if (scheduling?.nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...scheduling.nodeSelector };
  const added = (scheduling?.tolerations ?? []).filter(
    (toleration) => !spec.tolerations?.some((own) => deepEqual(own, toleration)),
  );
  if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added];
  pod.spec = spec;
}

async function checkOverhead(context: AdmissionContext, request: AdmissionRequest, { spec }: Pod): Promise<void> {
  const found = await classOf(context, request, { spec });
  const fixed = found?.overhead?.podFixed;
  if (!spec?.runtimeClassName || !fixed)
    throw forbidden(
      request.info,
      request.name,
      "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
    );
  if (!deepEqual(spec?.overhead, fixed))
    throw forbidden(
      request.info,
      request.name,
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
}

function createdPod({ operation, subresource, object }: AdmissionRequest): Pod | undefined {
  return operation === "CREATE" && !subresource ? object : undefined;
}

async function classOf(
  { cache, resource }: AdmissionContext,
  { info, name }: AdmissionRequest,
  { spec }: Pod,
): Promise<RuntimeClass | undefined> {
  if (!spec?.runtimeClassName) return undefined;
  const classes = resource("node.k8s.io", "runtimeclasses");
  const classCache = cache.cacheOf(classes);
  const key = storeKey(classes, undefined, spec.runtimeClassName);
  if (!classCache.get(key)) await cache.fresh();
  const entry = classCache.get(key);
  if (!entry)
    throw forbidden(info, name, `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
  return classCache.decode(entry);
}
