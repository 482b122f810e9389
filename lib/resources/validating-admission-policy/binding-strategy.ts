import type {
  ParamRef,
  ValidatingAdmissionPolicyBinding,
} from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { pathSegmentName } from "../../api/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkDnsSubdomain, checkOneOf, checkOptionalOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";
import { defaultMatchResources, validateMatchResources } from "./match-resources.ts";

const actions = ["Audit", "Deny", "Warn"];
const notFoundActions = ["Allow", "Deny"];
const exclusive = "name and selector are mutually exclusive";

/** How bindings of policies to parameters and objects behave. */
export const validatingAdmissionPolicyBinding: Strategy<ValidatingAdmissionPolicyBinding> = {
  schema: schemaOf("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings"),
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

function validate({ spec = {} }: ValidatingAdmissionPolicyBinding, errors: FieldErrors): void {
  if (!spec.policyName) errors.required("spec.policyName");
  else checkDnsSubdomain(spec.policyName, "spec.policyName", errors);
  if (spec.paramRef) validateParamRef(spec.paramRef, "spec.paramRef", errors);
  // Kubernetes writes this path so.
  if (spec.matchResources) validateMatchResources(spec.matchResources, "spec.matchResouces", errors);
  validateActions(spec.validationActions ?? [], "spec.validationActions", errors);
}

/** Checks which parameters a binding chooses. */
export function validateParamRef(
  { name, selector, parameterNotFoundAction }: ParamRef,
  path: string,
  errors: FieldErrors,
): void {
  if (name) for (const message of pathSegmentName(name, false)) errors.invalid(`${path}.name`, name, message);
  if (name && selector) for (const field of ["name", "selector"]) errors.forbidden(`${path}.${field}`, exclusive);
  validateLabelSelector(selector, `${path}.selector`, errors);
  if (!name && !selector) errors.required(path, "one of name or selector must be specified");
  checkOneOf(parameterNotFoundAction, notFoundActions, `${path}.parameterNotFoundAction`, errors);
}

function validateActions(given: readonly string[], path: string, errors: FieldErrors): void {
  for (const [index, action] of given.entries()) {
    checkOptionalOneOf(action, actions, `${path}[${index}]`, errors);
    if (given.indexOf(action) < index) errors.duplicate(`${path}[${index}]`, action);
  }
  if (given.includes("Deny") && given.includes("Warn"))
    errors.invalid(
      path,
      given,
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
    );
  if (given.length === 0) errors.required(path, "at least one validation action is required");
}

/** The parameters that a binding chooses, as tables show them. */
export function shownParameters(parameters: ParamRef | undefined): string {
  if (parameters?.name) return parameters.namespace ? `${parameters.namespace}/${parameters.name}` : parameters.name;
  return parameters?.selector ? formatLabelSelector(parameters.selector) : unset;
}
