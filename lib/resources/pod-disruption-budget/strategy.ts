import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { pathSegmentName } from "../../api/names.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { checkIntOrPercent, checkNotMoreThanAll } from "../int-or-percent.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkNonNegative, checkOptionalOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";

const evictionPolicies = ["AlwaysAllow", "IfHealthyBudget"];
const notGiven = "N/A";

/** How budgets of pod disruptions behave. */
export const podDisruptionBudget: Strategy<PodDisruptionBudget> = {
  schema: schemaOf("policy", "v1", "poddisruptionbudgets"),
  nameRule: pathSegmentName,
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateStatusUpdate,
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Min Available", "How many pods must stay.", (it) => String(it.spec?.minAvailable ?? notGiven)),
    textColumn("Max Unavailable", "How many pods may be missing.", (it) => String(it.spec?.maxUnavailable ?? notGiven)),
    countColumn("Allowed Disruptions", "How many pods may be taken now.", (it) => it.status?.disruptionsAllowed ?? 0),
    ageColumn,
  ],
};

function validate({ spec = {} }: PodDisruptionBudget, errors: FieldErrors): void {
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    errors.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
  for (const field of ["minAvailable", "maxUnavailable"] as const) {
    const value = spec[field];
    if (value === undefined) continue;
    checkIntOrPercent(value, `spec.${field}`, errors);
    checkNotMoreThanAll(value, `spec.${field}`, errors);
  }
  validateLabelSelector(spec.selector, "spec.selector", errors);
  checkOptionalOneOf(spec.unhealthyPodEvictionPolicy, evictionPolicies, "spec.unhealthyPodEvictionPolicy", errors);
}

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

function validateStatusUpdate({ status }: PodDisruptionBudget, _old: PodDisruptionBudget, errors: FieldErrors): void {
  for (const field of counts) checkNonNegative(status?.[field], `status.${field}`, errors);
}
