import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";

/** A pod as its owner's template says, to be created under a generated name. */
export function podFromTemplate(
  template: PodTemplateSpec,
  owner: { namespace: string; name: string; reference: OwnerReference },
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: owner.namespace,
      generateName: generateNameFor(owner.name),
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      finalizers: template.metadata?.finalizers,
      ownerReferences: [owner.reference],
    },
    spec: template.spec,
  };
}

/** `name-`, or the bare name where the dash would make generated names too long. */
function generateNameFor(name: string): string {
  return name.length + 1 + 5 > 253 ? name : `${name}-`;
}
