import type { Pod } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { RuntimeClass } from "../../../../gen/typernetes/node/v1/runtime_class.ts";
import { deepEqual } from "../../../../lib/api/deep.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import { storeKey } from "../../resource-info.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";

/** A pod has the overhead of its class of runtime, and goes where that class is. */
export const runtimeClass: AdmissionPluginFactory = (context) => ({
  name: "RuntimeClass",
  async admit(request) {
    if (!isPodCreation(request)) return;
    const pod: ApiObject & Pod = request.object ?? {};
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
  },
  async validate(request) {
    if (!isPodCreation(request)) return;
    const pod: ApiObject & Pod = request.object ?? {};
    if (!pod.spec?.overhead) return;
    const found = await classOf(context, request, pod);
    const fixed = found?.overhead?.podFixed;
    if (!pod.spec.runtimeClassName || !fixed)
      throw forbidden(
        request.info,
        request.name,
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
      );
    if (!deepEqual(pod.spec.overhead, fixed))
      throw forbidden(
        request.info,
        request.name,
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
      );
  },
});

function isPodCreation({ operation, info, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && info.groupResource === "pods" && !subresource;
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
