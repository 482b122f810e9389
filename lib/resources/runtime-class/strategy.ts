import type { RuntimeClass } from "../../../gen/typernetes/node/v1/runtime_class.ts";
import { validateImmutable, validateLabels } from "../../api/object-meta.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { validateOverhead } from "../pod-template/validate-resources.ts";
import { validateTolerations } from "../pod-template/validate-tolerations.ts";
import { checkDnsLabel, checkUnique } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How classes of container runtimes behave. */
export const runtimeClass: Strategy<RuntimeClass> = {
  schema: schemaOf("node.k8s.io", "v1", "runtimeclasses"),
  validate({ handler = "", overhead, scheduling }, errors) {
    checkDnsLabel(handler, "handler", errors);
    if (overhead?.podFixed) validateOverhead(overhead.podFixed, "overhead", errors);
    validateLabels(scheduling?.nodeSelector, "scheduling.nodeSelector", errors);
    const tolerations = scheduling?.tolerations ?? [];
    validateTolerations(tolerations, "scheduling.tolerations", errors);
    checkUnique(tolerations, "scheduling.tolerations", errors);
  },
  validateUpdate: (object, old, errors) => validateImmutable(object.handler, old.handler, "handler", errors),
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [textColumn("Handler", "What the runtime calls it.", (it) => it.handler ?? ""), ageColumn],
};
