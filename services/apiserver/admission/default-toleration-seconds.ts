import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AdmissionPlugin } from "./admission.ts";

const tolerationSeconds = 300;
const taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** A pod stays 300 s on a node that is not ready or not reachable, unless it says otherwise. */
export const defaultTolerationSeconds = (): AdmissionPlugin => ({
  name: "DefaultTolerationSeconds",
  kinds: ["pods"],
  admit({ operation, info, subresource, object }) {
    if (operation !== "CREATE" || info.groupResource !== "pods" || subresource) return;
    const pod: Pod & ApiObject = object ?? {};
    const tolerations = pod.spec?.tolerations ?? [];
    const missing = taints.filter((taint) => !tolerations.some((toleration) => covers(toleration, taint)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds }));
    pod.spec ??= {};
    pod.spec.tolerations = [...tolerations, ...added];
  },
});

function covers({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === "NoExecute");
}
