import type { FieldErrors } from "../api/field-errors.ts";
import { checkOptionalOneOf } from "./rules.ts";

/** To which requests something applies. */
export interface AdmissionRule {
  operations?: string[] | undefined;
  apiGroups?: string[] | undefined;
  apiVersions?: string[] | undefined;
  resources?: string[] | undefined;
  scope?: string | undefined;
}

export const failurePolicies = ["Fail", "Ignore"];
export const matchPolicies = ["Equivalent", "Exact"];
const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];

/** A rule is about objects of all scopes unless it says otherwise. */
export function defaultAdmissionRules(rules: readonly AdmissionRule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= "*";
}

/** Checks to which requests something applies. */
export function validateAdmissionRule(rule: AdmissionRule, path: string, errors: FieldErrors): void {
  checkWildcard(rule.apiGroups ?? [], "API groups", `${path}.apiGroups`, errors);
  checkWildcard(rule.apiVersions ?? [], "API versions", `${path}.apiVersions`, errors);
  for (const [index, version] of (rule.apiVersions ?? []).entries())
    if (!version) errors.required(`${path}.apiVersions[${index}]`);
  validateResources(rule.resources ?? [], `${path}.resources`, errors);
  checkOptionalOneOf(rule.scope, scopes, `${path}.scope`, errors);
  checkWildcard(rule.operations ?? [], "operations", `${path}.operations`, errors);
  for (const [index, operation] of (rule.operations ?? []).entries())
    checkOptionalOneOf(operation, operations, `${path}.operations[${index}]`, errors);
}

function checkWildcard(values: readonly string[], what: string, path: string, errors: FieldErrors): void {
  if (values.length === 0) errors.required(path);
  if (values.length > 1 && values.includes("*"))
    errors.invalid(path, values, `if '*' is present, must not specify other ${what}`);
}

function validateResources(resources: readonly string[], path: string, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path);
  const ofAllSubresources = new Set<string>();
  const ofAllResources = new Set<string>();
  for (const [index, value] of resources.entries()) {
    const at = `${path}[${index}]`;
    if (!value) errors.required(at);
    const slash = value.indexOf("/");
    if (slash < 0) continue;
    const [resource, subresource] = [value.slice(0, slash), value.slice(slash + 1)];
    for (const [isCovered, cover] of [
      [ofAllSubresources.has(resource), `${resource}/*`],
      [ofAllResources.has(subresource), `*/${subresource}`],
    ] as const)
      if (isCovered) errors.invalid(at, value, `if '${cover}' is present, must not specify ${value}`);
    if (subresource === "*") ofAllSubresources.add(resource);
    if (resource === "*") ofAllResources.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*"))
    errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes("*") && resources.some((value) => value && value !== "*" && !value.includes("/")))
    errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}
