import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

const serviceNameLabel = "kubernetes.io/service-name";
const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const managedBy = "endpointslice-controller.k8s.io";
const headlessLabel = "service.kubernetes.io/headless";

/** The key of the service whose slice this is, if this controller manages it. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const labels = slice.metadata?.labels ?? {};
  const name = labels[serviceNameLabel];
  return name && labels[managedByLabel] === managedBy ? `${slice.metadata?.namespace}/${name}` : undefined;
}

/** The labels of a service's slices: the service's own, and how they are found. */
export function sliceLabels({ metadata, spec }: Service): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = metadata?.labels ?? {};
  return {
    ...labels,
    ...(spec?.clusterIP === "None" && { [headlessLabel]: "" }),
    [serviceNameLabel]: metadata?.name ?? "",
    [managedByLabel]: managedBy,
  };
}

/** The same slice when its labels are right, else a copy with them. */
export function withLabels(slice: EndpointSlice, labels: Record<string, string>): EndpointSlice {
  return deepEqual(slice.metadata?.labels, labels) ? slice : { ...slice, metadata: { ...slice.metadata, labels } };
}
