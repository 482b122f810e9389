import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { cidr, parseRange } from "../../api/ip-address.ts";
import { taintEffects } from "../pod-template/enumerations.ts";
import { checkAmount } from "../pod-template/validate-resources.ts";
import { checkLabelValue, checkName, checkOneOf, checkQualifiedName } from "../rules.ts";

/** Checks a node. */
export function validateNode(node: Node, errors: FieldErrors): void {
  // Kubernetes reports taints below the metadata; so does this.
  validateTaints(node.spec?.taints ?? [], "metadata.taints", errors);
  validateAmounts(node, errors);
  validatePodRanges(node.spec?.podCIDRs ?? [], errors);
}

/** Checks what changes on a node: what was once assigned to it stays. */
export function validateNodeUpdate(node: Node, old: Node, errors: FieldErrors): void {
  const { spec = {} } = node;
  const before = old.spec ?? {};
  validateAmounts(node, errors);
  validateAddresses(node, errors);
  if (before.podCIDRs?.length && before.podCIDRs.join() !== (spec.podCIDRs ?? []).join())
    errors.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid');
  if (before.providerID && before.providerID !== spec.providerID)
    errors.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid');
  if ((spec.externalID ?? "") !== (before.externalID ?? "")) errors.forbidden("spec.externalID", "may not be updated");
}

function validateTaints(taints: readonly Taint[], path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    const at = `${path}[${index}]`;
    checkQualifiedName(taint.key ?? "", `${at}.key`, errors);
    checkLabelValue(taint.value ?? "", `${at}.value`, errors);
    checkOneOf(taint.effect, taintEffects, `${at}.effect`, errors);
    const pair = `${taint.key}:${taint.effect}`;
    if (seen.has(pair)) errors.duplicate(at, taint, "taints must be unique by key and effect pair");
    seen.add(pair);
  }
}

function validateAmounts({ status }: Node, errors: FieldErrors): void {
  for (const field of ["capacity", "allocatable"] as const)
    for (const [name, amount] of Object.entries(status?.[field] ?? {}))
      checkAmount(name, amount, `status.${field}.${name}`, errors);
}

function validatePodRanges(ranges: readonly string[], errors: FieldErrors): void {
  const path = "spec.podCIDRs";
  for (const [index, range] of ranges.entries()) {
    checkName(cidr, range, `${path}[${index}]`, errors);
    if (ranges.indexOf(range) < index) errors.duplicate(`${path}[${index}]`, range);
  }
  const families = new Set(ranges.map((range) => parseRange(range)?.address.length));
  if (ranges.length > 1 && (ranges.length > 2 || families.size !== 2))
    errors.invalid(path, ranges, "may specify no more than one CIDR for each IP family");
}

function validateAddresses({ status }: Node, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, address] of (status?.addresses ?? []).entries()) {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) errors.duplicate(`status.addresses[${index}]`, address);
    seen.add(key);
  }
}
