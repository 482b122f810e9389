import type { PodTemplateSpec } from "../../gen/typernetes/core/v1/pod_template.ts";
import { textColumn } from "./columns.ts";
import type { Column } from "./strategy.ts";

/** The wide columns of workloads: what their template's containers are called and run. */
export function templateColumns<T>(templateOf: (object: T) => PodTemplateSpec | undefined): Column<T>[] {
  const shown = (object: T, field: "name" | "image") =>
    (templateOf(object)?.spec?.containers ?? []).map((container) => container[field] ?? "").join(",");
  return [
    textColumn("Containers", "Names of the containers in the template.", (it) => shown(it, "name"), 1),
    textColumn("Images", "Images of the containers in the template.", (it) => shown(it, "image"), 1),
  ];
}
