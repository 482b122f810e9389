import type { MutatingAdmissionPolicy } from "../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { defaultMatchResources } from "../validating-admission-policy/match-resources.ts";
import { unset } from "../volume-columns.ts";
import { validateMutatingPolicy } from "./validate.ts";

/** How policies that change objects behave. */
export const mutatingAdmissionPolicy: Strategy<MutatingAdmissionPolicy> = {
  schema: schemaOf("admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicies"),
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= "Fail";
    defaultMatchResources(spec.matchConstraints);
  },
  validate: validateMutatingPolicy,
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    countColumn("Mutations", "How many changes an object undergoes.", (it) => it.spec?.mutations?.length ?? 0),
    textColumn("ParamKind", "Kind of the parameters.", ({ spec }) =>
      spec?.paramKind ? `${spec.paramKind.apiVersion ?? ""}/${spec.paramKind.kind ?? ""}` : unset,
    ),
    ageColumn,
  ],
};
