import type { ResourceQuota } from "../../../gen/typernetes/core/v1/resource_quota.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { immutableMessage } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { validateAmounts, validateResourceQuota } from "./validate.ts";

/** How quotas behave. */
export const resourceQuota: Strategy<ResourceQuota> = {
  schema: schemaOf("", "v1", "resourcequotas"),
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateResourceQuota,
  validateUpdate,
  validateStatusUpdate({ status }, _old, errors) {
    validateAmounts(status?.hard, "status.hard", errors);
    validateAmounts(status?.used, "status.used", errors);
  },
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Request", "What is requested, of how much may be.", (it) => shownUse(it, false)),
    textColumn("Limit", "What limits add up to, of how much they may.", (it) => shownUse(it, true)),
    ageColumn,
  ],
};

function validateUpdate({ spec }: ResourceQuota, old: ResourceQuota, errors: FieldErrors): void {
  const scopes = new Set(spec?.scopes);
  const before = new Set(old.spec?.scopes);
  if (scopes.size !== before.size || [...scopes].some((scope) => !before.has(scope)))
    errors.invalid("spec.scopes", spec?.scopes ?? [], immutableMessage);
}

function shownUse({ status }: ResourceQuota, ofLimits: boolean): string {
  const names = Object.keys(status?.hard ?? {}).filter((name) => name.startsWith("limits") === ofLimits);
  return names
    .sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${status?.hard?.[name]}`)
    .join(", ");
}
