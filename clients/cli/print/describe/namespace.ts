import type { Namespace } from "../../../../gen/typernetes/core/v1/namespace.ts";
import type { Describer } from "./describe.ts";

export const describeNamespace: Describer = async (text, { metadata = {}, status }: Namespace) => {
  text.field("Name", metadata.name ?? "");
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text.field("Status", status?.phase ?? "");
  if (status?.conditions?.length) {
    text.line("Conditions:");
    text
      .line("Type\tStatus\tLastTransitionTime\tReason\tMessage", 1)
      .line("----\t------\t------------------\t------\t-------", 1);
    for (const { type, status: value, lastTransitionTime, reason, message } of status.conditions)
      text.line([type, value, lastTransitionTime, reason, message].map((cell) => cell ?? "").join("\t"), 1);
  }
  text.line("");
  text.line("No resource quota.").line("").line("No LimitRange resource.");
};
