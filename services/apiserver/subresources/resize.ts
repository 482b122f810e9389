import type { Container, Pod, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../../lib/api/field-errors.ts";
import { semanticEqual } from "../../../lib/api/semantic-equal.ts";
import { clonePlain } from "../../../lib/base/plain-data.ts";
import { computeQosClass } from "../../../lib/resources/pod/qos-class.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { isStaticPod } from "./static-pod.ts";
import type { SubresourceRules } from "./subresource-rules.ts";

const message = "core.v1.ResourceRequirements";
const resizable = ["cpu", "memory"] as const;

/** Cpu and memory of a running pod's containers. */
export const resize: SubresourceRules = {
  take(wanted: ApiObject & Pod, old: ApiObject & Pod) {
    const pod = clonePlain(old);
    pod.metadata = { ...pod.metadata, resourceVersion: wanted.metadata?.resourceVersion };
    pod.spec = {
      ...pod.spec,
      containers: withSizesOf(pod.spec?.containers ?? [], wanted.spec?.containers ?? []),
      ...(pod.spec?.initContainers && {
        initContainers: withSizesOf(pod.spec.initContainers, wanted.spec?.initContainers ?? []),
      }),
    };
    return pod;
  },
  validate(pod: ApiObject & Pod, old: ApiObject & Pod, errors) {
    if (isStaticPod(pod)) return errors.forbidden("", "static pods cannot be resized");
    if (pod.spec?.os?.name === "windows") return errors.forbidden("", "windows pods cannot be resized");
    const before = old.status?.qosClass ?? computeQosClass(old);
    const after = computeQosClass(pod);
    if (after !== before) errors.invalid("spec", after, "Pod QOS Class may not change as a result of resizing");
    for (const field of ["containers", "initContainers"] as const) {
      for (const [index, container] of (pod.spec?.[field] ?? []).entries()) {
        const previous = old.spec?.[field]?.[index];
        if (previous)
          validateContainer(container, previous, `spec.${field}[${index}]`, field === "initContainers", errors);
      }
    }
  },
};

/** Containers are matched by name: what is unknown is ignored, as is all but sizes. */
function withSizesOf(containers: readonly Container[], wanted: readonly Container[]): Container[] {
  return containers.map((container) => {
    const other = wanted.find(({ name }) => name === container.name);
    if (!other) return container;
    const { resources: _, resizePolicy: __, ...rest } = container;
    const { resources, resizePolicy } = other;
    return { ...rest, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
  });
}

function validateContainer(now: Container, old: Container, path: string, isInit: boolean, errors: FieldErrors): void {
  const changed = !semanticEqual(message, now.resources ?? {}, old.resources ?? {});
  if (changed && isInit && now.restartPolicy !== "Always") {
    errors.forbidden(`${path}.resources`, "resources for non-sidecar init containers are immutable");
    return;
  }
  const [rest, restBefore] = [withoutResizable(now.resources), withoutResizable(old.resources)];
  if (!semanticEqual(message, rest, restBefore)) {
    errors.forbidden(`${path}.resources`, "only cpu and memory resources are mutable");
  }
  for (const name of resizable) {
    for (const field of ["requests", "limits"] as const) {
      const isRemoved = old.resources?.[field]?.[name] !== undefined && now.resources?.[field]?.[name] === undefined;
      if (isRemoved) errors.forbidden(`${path}.resources.${field}`, `resource ${field} cannot be removed`);
    }
  }
}

function withoutResizable(resources: ResourceRequirements = {}): ResourceRequirements {
  const rest = (amounts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.some((one) => one === name)));
  return { ...resources, requests: rest(resources.requests), limits: rest(resources.limits) };
}
