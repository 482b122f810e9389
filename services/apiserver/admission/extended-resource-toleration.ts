import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** A pod that asks for an extended resource (`example.com/gpu`) goes to the nodes that are kept for those who do. */
export const extendedResourceToleration = (): AdmissionPlugin => ({
  name: "ExtendedResourceToleration",
  kinds: ["pods"],
  admit({ operation, info, subresource, object }) {
    if (info.groupResource !== "pods" || subresource || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const pod: ApiObject & Pod = object ?? {};
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter(isExtended);
    const tolerations = pod.spec?.tolerations ?? [];
    const added = [...new Set(names)]
      .sort()
      .filter((key) => !tolerations.some((own) => own.key === key && own.operator === "Exists" && !own.effect))
      .map((key) => ({ key, operator: "Exists" }));
    if (added.length > 0) pod.spec = { ...pod.spec, tolerations: [...tolerations, ...added] };
  },
});

function isExtended(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}
