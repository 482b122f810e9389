import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { labelName } from "../../api/names.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkQualifiedName } from "../rules.ts";
import { checkLabelKeys, timesSelected } from "./label-keys.ts";
import { validateNodeSelector, validateNodeSelectorTerm } from "./validate-node-selector.ts";

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

/** Checks to which nodes and pods a pod wants to be near, or far. */
export function validateAffinity(affinity: Affinity | undefined, path: string, errors: FieldErrors): void {
  if (affinity?.nodeAffinity) validateNodeAffinity(affinity.nodeAffinity, `${path}.nodeAffinity`, errors);
  if (affinity?.podAffinity) validatePodAffinity(affinity.podAffinity, `${path}.podAffinity`, errors);
  if (affinity?.podAntiAffinity) validatePodAffinity(affinity.podAntiAffinity, `${path}.podAntiAffinity`, errors);
}

function validateNodeAffinity(affinity: NodeAffinity, path: string, errors: FieldErrors): void {
  const needed = affinity[required];
  if (needed) validateNodeSelector(needed, `${path}.${required}`, errors);
  for (const [index, term] of (affinity[preferred] ?? []).entries()) {
    const at = `${path}.${preferred}[${index}]`;
    checkWeight(term.weight, `${at}.weight`, errors);
    // Values that no label can have are let pass: the term only prefers.
    validateNodeSelectorTerm(term.preference ?? {}, false, `${at}.preference`, errors);
  }
}

function validatePodAffinity(affinity: PodAffinity, path: string, errors: FieldErrors): void {
  for (const [index, term] of (affinity[required] ?? []).entries())
    validateTerm(term, `${path}.${required}[${index}]`, errors);
  for (const [index, weighted] of (affinity[preferred] ?? []).entries()) {
    const at = `${path}.${preferred}[${index}]`;
    checkWeight(weighted.weight, `${at}.weight`, errors);
    validateTerm(weighted.podAffinityTerm ?? {}, `${at}.podAffinityTerm`, errors);
  }
}

function checkWeight(weight = 0, path: string, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(path, weight, "must be in the range 1-100");
}

function validateTerm(term: PodAffinityTerm, path: string, errors: FieldErrors): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const namespace of term.namespaces ?? [])
    for (const message of labelName(namespace, false)) errors.invalid(`${path}.namespace`, namespace, message);
  validateLabelKeys(term, path, errors);
  if (!term.topologyKey) errors.required(`${path}.topologyKey`, "can not be empty");
  checkQualifiedName(term.topologyKey ?? "", `${path}.topologyKey`, errors);
}

function validateLabelKeys(term: PodAffinityTerm, path: string, errors: FieldErrors): void {
  const match = term.matchLabelKeys ?? [];
  const mismatch = term.mismatchLabelKeys ?? [];
  checkLabelKeys(match, term.labelSelector, `${path}.matchLabelKeys`, errors);
  checkLabelKeys(mismatch, term.labelSelector, `${path}.mismatchLabelKeys`, errors);
  for (const [index, key] of match.entries()) {
    if (term.labelSelector && timesSelected(key, term.labelSelector) > 1)
      errors.invalid(`${path}[${index}]`, key, "exists in both matchLabelKeys and labelSelector");
    if (mismatch.includes(key))
      errors.invalid(`${path}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
  }
}
