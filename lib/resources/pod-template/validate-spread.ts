import type { TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkOptionalOneOf, notPositiveMessage } from "../rules.ts";
import { nodeInclusionPolicies } from "./enumerations.ts";
import { checkLabelKeys, timesSelected } from "./label-keys.ts";

const whenUnsatisfiable = ["DoNotSchedule", "ScheduleAnyway"];

/** Checks how a pod is spread over zones, nodes and the like. */
export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, constraint] of constraints.entries()) {
    const at = `${path}[${index}]`;
    validateConstraint(constraint, at, errors);
    if (constraints.slice(index + 1).some((other) => isSamePair(constraint, other)))
      errors.duplicate(
        `${at}.{topologyKey, whenUnsatisfiable}`,
        `{${constraint.topologyKey ?? ""}, ${constraint.whenUnsatisfiable ?? ""}}`,
      );
  }
}

function isSamePair(left: TopologySpreadConstraint, right: TopologySpreadConstraint): boolean {
  return left.topologyKey === right.topologyKey && left.whenUnsatisfiable === right.whenUnsatisfiable;
}

function validateConstraint(constraint: TopologySpreadConstraint, path: string, errors: FieldErrors): void {
  const action = constraint.whenUnsatisfiable ?? "";
  const maxSkew = constraint.maxSkew ?? 0;
  if (maxSkew <= 0) errors.invalid(`${path}.maxSkew`, maxSkew, notPositiveMessage);
  if (!constraint.topologyKey) errors.required(`${path}.topologyKey`, "can not be empty");
  if (!whenUnsatisfiable.includes(action)) errors.notSupported(`${path}.whenUnsatisfiable`, action, whenUnsatisfiable);
  validateMinDomains(constraint.minDomains, action, `${path}.minDomains`, errors);
  checkOptionalOneOf(constraint.nodeAffinityPolicy, nodeInclusionPolicies, `${path}.nodeAffinityPolicy`, errors);
  checkOptionalOneOf(constraint.nodeTaintsPolicy, nodeInclusionPolicies, `${path}.nodeTaintsPolicy`, errors);
  validateMatchLabelKeys(constraint, `${path}.matchLabelKeys`, errors);
  validateLabelSelector(constraint.labelSelector, `${path}.labelSelector`, errors);
}

function validateMinDomains(domains: number | undefined, action: string, path: string, errors: FieldErrors): void {
  if (domains === undefined) return;
  if (domains <= 0) errors.invalid(path, domains, notPositiveMessage);
  if (action !== "DoNotSchedule")
    errors.invalid(path, domains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`);
}

function validateMatchLabelKeys(constraint: TopologySpreadConstraint, path: string, errors: FieldErrors): void {
  const { matchLabelKeys: keys = [], labelSelector: selector } = constraint;
  checkLabelKeys(keys, selector, path, errors);
  for (const [index, key] of keys.entries())
    if (selector && timesSelected(key, selector) > 1)
      errors.invalid(`${path}[${index}]`, key, "exists in both matchLabelKeys and labelSelector");
}
