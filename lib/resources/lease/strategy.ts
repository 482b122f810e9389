import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkNonNegative, checkQualifiedName } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

const ownStrategies = ["OldestEmulationVersion"];

/** How leases behave. */
export const lease: Strategy<Lease> = {
  schema: schemaOf("coordination.k8s.io", "v1", "leases"),
  validate,
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [textColumn("Holder", "Who holds the lease.", (it) => it.spec?.holderIdentity ?? ""), ageColumn],
};

function validate({ spec = {} }: Lease, errors: FieldErrors): void {
  const { leaseDurationSeconds: seconds, strategy } = spec;
  if (seconds !== undefined && seconds <= 0)
    errors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  checkNonNegative(spec.leaseTransitions, "spec.leaseTransitions", errors);
  if (strategy !== undefined && !ownStrategies.includes(strategy)) {
    if (strategy.includes("/")) checkQualifiedName(strategy, "spec.strategy.strategy", errors);
    else errors.notSupported("spec.strategy.strategy", strategy, ownStrategies);
  }
  if (spec.preferredHolder && !strategy)
    errors.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
}
