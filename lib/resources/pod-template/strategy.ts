import type { PodTemplate } from "../../../gen/typernetes/core/v1/pod_template.ts";
import { shownLabels, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { defaultPodTemplate } from "./defaults.ts";
import { validatePodTemplate } from "./validate.ts";

/** How templates of pods that stand by themselves behave. */
export const podTemplate: Strategy<PodTemplate> = {
  schema: schemaOf("", "v1", "podtemplates"),
  defaults: ({ template }) => defaultPodTemplate(template),
  validate: ({ template }, errors) => validatePodTemplate(template ?? {}, "template", errors),
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Containers", "Names of the containers.", (it) => containers(it, "name")),
    textColumn("Images", "Images of the containers.", (it) => containers(it, "image")),
    textColumn("Pod Labels", "Labels of the pods.", (it) => shownLabels(it.template?.metadata?.labels)),
  ],
};

function containers({ template }: PodTemplate, field: "name" | "image"): string {
  return (template?.spec?.containers ?? []).map((container) => container[field] ?? "").join(",");
}
