import type { MutatingAdmissionPolicyBinding } from "../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy_binding.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { shownParameters, validateParamRef } from "../validating-admission-policy/binding-strategy.ts";
import { defaultMatchResources, validateMatchResources } from "../validating-admission-policy/match-resources.ts";
import { validateMutableOperations } from "./validate.ts";

/** How bindings of policies that change objects behave. */
export const mutatingAdmissionPolicyBinding: Strategy<MutatingAdmissionPolicyBinding> = {
  schema: schemaOf("admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicybindings"),
  defaults({ spec }) {
    if (spec?.paramRef) spec.paramRef.parameterNotFoundAction ??= "Deny";
    defaultMatchResources(spec?.matchResources);
  },
  validate,
  updatesNeedVersion: true,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("PolicyName", "The policy.", (it) => it.spec?.policyName ?? ""),
    textColumn("ParamRef", "Its parameters.", ({ spec }) => shownParameters(spec?.paramRef)),
    ageColumn,
  ],
};

function validate({ spec = {} }: MutatingAdmissionPolicyBinding, errors: FieldErrors): void {
  if (!spec.policyName) errors.required("spec.policyName");
  else checkDnsSubdomain(spec.policyName, "spec.policyName", errors);
  if (spec.paramRef) validateParamRef(spec.paramRef, "spec.paramRef", errors);
  if (!spec.matchResources) return;
  validateMatchResources(spec.matchResources, "spec.matchResources", errors);
  validateMutableOperations(spec.matchResources, "spec.matchResources", errors);
}
