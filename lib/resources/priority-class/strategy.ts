import type { PriorityClass } from "../../../gen/typernetes/scheduling/v1/priority_class.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { preemptionPolicies } from "../pod-template/enumerations.ts";
import { checkOptionalOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

const userValueMax = 1_000_000_000;
const systemPrefix = "system-";
const systemValues: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** How classes of priority behave. */
export const priorityClass: Strategy<PriorityClass> = {
  schema: schemaOf("scheduling.k8s.io", "v1", "priorityclasses"),
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
  validate,
  validateUpdate(object, old, errors) {
    if ((object.value ?? 0) !== (old.value ?? 0)) errors.forbidden("value", "may not be changed in an update.");
    validateImmutable(object.preemptionPolicy, old.preemptionPolicy, "preemptionPolicy", errors);
  },
  hasGeneration: true,
  selectableFields: {},
  columns: [
    countColumn("Value", "The priority itself.", (it) => it.value ?? 0),
    textColumn("Global-Default", "Whether pods without a class have it.", (it) => String(it.globalDefault ?? false)),
    ageColumn,
    textColumn("PreemptionPolicy", "Whether its pods push others out.", (it) => it.preemptionPolicy ?? ""),
  ],
};

function validate({ metadata, value = 0, preemptionPolicy }: PriorityClass, errors: FieldErrors): void {
  const name = metadata?.name ?? "";
  if (name.startsWith(systemPrefix)) {
    if (systemValues[name] !== value)
      errors.forbidden(
        "metadata.name",
        `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
      );
  } else if (value > userValueMax)
    errors.forbidden("value", `maximum allowed value of a user defined priority is ${userValueMax}`);
  checkOptionalOneOf(preemptionPolicy, preemptionPolicies, "preemptionPolicy", errors);
}
