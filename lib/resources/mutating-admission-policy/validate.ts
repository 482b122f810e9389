import type { MatchResources } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type {
  MutatingAdmissionPolicy,
  Mutation,
} from "../../../gen/typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { failurePolicies } from "../admission-rules.ts";
import { validateMatchConditions } from "../match-conditions.ts";
import { checkOneOf } from "../rules.ts";
import { validateMatchResources } from "../validating-admission-policy/match-resources.ts";
import { validateParamKind, validateVariable } from "../validating-admission-policy/validate.ts";

const patchFields = { ApplyConfiguration: "applyConfiguration", JSONPatch: "jsonPatch" } as const;
const mutableOperations = ["*", "CONNECT", "CREATE", "UPDATE"];
const reinvocationPolicies = ["IfNeeded", "Never"];

/** Checks what a policy is made of. Its expressions are compiled by who evaluates them. */
export function validateMutatingPolicy({ spec = {} }: MutatingAdmissionPolicy, errors: FieldErrors): void {
  checkOneOf(spec.failurePolicy, failurePolicies, "spec.failurePolicy", errors);
  if (spec.paramKind) validateParamKind(spec.paramKind, "spec.paramKind", errors);
  if (!spec.matchConstraints) errors.required("spec.matchConstraints");
  else {
    validateMatchResources(spec.matchConstraints, "spec.matchConstraints", errors);
    if (!spec.matchConstraints.resourceRules?.length) errors.required("spec.matchConstraints.resourceRules");
    validateMutableOperations(spec.matchConstraints, "spec.matchConstraints", errors);
  }
  validateMatchConditions(spec.matchConditions ?? [], "spec.matchConditions", errors);
  for (const [index, variable] of (spec.variables ?? []).entries())
    validateVariable(variable, `spec.variables[${index}]`, errors);
  if (!spec.mutations?.length) errors.required("spec.mutations", "mutations must contain at least one item");
  for (const [index, mutation] of (spec.mutations ?? []).entries())
    validateMutation(mutation, `spec.mutations[${index}]`, errors);
  checkOneOf(spec.reinvocationPolicy, reinvocationPolicies, "spec.reinvocationPolicy", errors);
}

/** Checks that rules are about requests with an object that can be changed: not about deletions. */
export function validateMutableOperations(match: MatchResources, path: string, errors: FieldErrors): void {
  // Kubernetes writes this path without the places in the lists.
  for (const { operations = [] } of match.resourceRules ?? [])
    for (const operation of operations)
      checkOneOf(operation, mutableOperations, `${path}.resourceRules.operations`, errors);
}

/** The field that the type of a patch names has to be there, and no other. */
function validateMutation(mutation: Mutation, path: string, errors: FieldErrors): void {
  const { patchType } = mutation;
  if (patchType !== "ApplyConfiguration" && patchType !== "JSONPatch") {
    checkOneOf(patchType, Object.keys(patchFields), `${path}.patchType`, errors);
    return;
  }
  const field = patchFields[patchType];
  const patch = mutation[field];
  if (!patch) errors.required(`${path}.${field}`, `must be specified when patchType is ${patchType}`);
  else if (!patch.expression?.trim()) errors.required(`${path}.${field}.expression`);
  for (const other of Object.values(patchFields))
    if (other !== field && mutation[other])
      errors.invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
}
