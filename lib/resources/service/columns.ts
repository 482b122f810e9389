import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { ageColumn, none, shownLabels, textColumn, unknown } from "../columns.ts";
import type { Column } from "../strategy.ts";

/** What is printed of a service. */
export const serviceColumns: readonly Column<Service>[] = [
  textColumn("Type", "How the service is reached.", (it) => it.spec?.type ?? ""),
  textColumn(
    "Cluster-IP",
    "Address of the service in the cluster.",
    (it) => it.spec?.clusterIPs?.[0] || it.spec?.clusterIP || none,
  ),
  textColumn("External-IP", "Addresses of the service from outside.", externalAddresses),
  textColumn("Port(s)", "Ports of the service, with those of the nodes.", ports),
  ageColumn,
  textColumn("Selector", "Labels of the pods behind the service.", (it) => shownLabels(it.spec?.selector), 1),
];

function externalAddresses({ spec = {}, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return own.join(",") || none;
    case "LoadBalancer": {
      const ingress = (status?.loadBalancer?.ingress ?? []).map((it) => it.ip || it.hostname || "");
      const balanced = [...new Set(ingress.filter(Boolean))].sort();
      return [...balanced, ...own].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return unknown;
  }
}

function ports({ spec }: Service): string {
  const shown = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return shown.join(",") || none;
}
