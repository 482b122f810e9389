import type { ValidatingAdmissionPolicy } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { validatePolicy } from "./validate.ts";

/** How policies by which objects are judged behave. */
export const validatingAdmissionPolicy: Strategy<ValidatingAdmissionPolicy> = {
  schema: schemaOf("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies"),
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= "Fail";
    defaultMatchResources(spec.matchConstraints);
  },
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validatePolicy,
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    countColumn("Validations", "How many conditions an object must meet.", (it) => it.spec?.validations?.length ?? 0),
    textColumn("ParamKind", "Kind of the parameters.", ({ spec }) =>
      spec?.paramKind ? `${spec.paramKind.apiVersion ?? ""}/${spec.paramKind.kind ?? ""}` : unset,
    ),
    ageColumn,
  ],
};
