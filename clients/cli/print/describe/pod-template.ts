import type { PodTemplateSpec } from "../../../../gen/typernetes/core/v1/pod_template.ts";
import type { Toleration } from "../../../../gen/typernetes/core/v1/reference.ts";
import { describeContainers } from "./containers.ts";
import type { DescriptionText } from "./description-text.ts";
import { describeVolumes } from "./volumes.ts";

/** Describes the template of a workload's pods. */
export function describePodTemplate(text: DescriptionText, { metadata, spec = {} }: PodTemplateSpec): void {
  const indent = "  ";
  text.line("Pod Template:");
  text.map("Labels", metadata?.labels, { indent });
  if (Object.keys(metadata?.annotations ?? {}).length > 0) text.annotations(metadata?.annotations, indent);
  if (spec.serviceAccountName) text.field("Service Account", spec.serviceAccountName, 1);
  describeContainers(text, "Init Containers", spec.initContainers, { indent });
  describeContainers(text, "Containers", spec.containers, { indent });
  describeVolumes(text, spec.volumes, indent);
  if (spec.priorityClassName) text.field("Priority Class Name", spec.priorityClassName, 1);
  text.map("Node-Selectors", spec.nodeSelector, { indent });
  describeTolerations(text, spec.tolerations, indent);
}

/** Describes tolerations, one to a line. */
export function describeTolerations(
  text: DescriptionText,
  tolerations: readonly Toleration[] | undefined,
  indent = "",
): void {
  if (!tolerations?.length) {
    text.line(`${indent}Tolerations:\t<none>`);
    return;
  }
  const sorted = [...tolerations].sort((left, right) => ((left.key ?? "") < (right.key ?? "") ? -1 : 1));
  sorted.forEach((toleration, index) => {
    text.line(`${indent}${index === 0 ? "Tolerations:" : ""}\t${tolerationText(toleration)}`);
  });
}

function tolerationText({ key = "", value, effect, operator, tolerationSeconds }: Toleration): string {
  const parts = [key, value ? `=${value}` : "", effect ? `:${effect}` : ""].join("");
  const exists = operator === "Exists" && !value ? (key || effect ? " op=Exists" : "op=Exists") : "";
  const seconds = tolerationSeconds === undefined ? "" : ` for ${tolerationSeconds}s`;
  return `${parts}${exists}${seconds}`;
}
