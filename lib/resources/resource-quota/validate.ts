import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../../../gen/typernetes/core/v1/resource_quota.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { qualifiedName } from "../../api/names.ts";
import { isHugePages } from "../pod-template/resource-names.ts";
import { checkAmount } from "../pod-template/validate-resources.ts";
import { checkQualifiedName } from "../rules.ts";

const compute = ["cpu", "memory", "ephemeral-storage"];
const computeResources = new Set([
  ...compute,
  ...compute.map((name) => `requests.${name}`),
  ...compute.map((name) => `limits.${name}`),
]);
const countedResources = new Set([
  "requests.storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);
const scopes = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
];
const opposites = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

/** Checks a quota. */
export function validateResourceQuota({ spec = {} }: ResourceQuota, errors: FieldErrors): void {
  validateAmounts(spec.hard, "spec.hard", errors);
  validateScopes(spec, errors);
  for (const requirement of spec.scopeSelector?.matchExpressions ?? [])
    validateRequirement(requirement, spec, "spec.scopeSelector.matchExpressions", errors);
}

/** Checks amounts by resource, in a quota or its status. */
export function validateAmounts(
  amounts: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    const at = `${path}[${name}]`;
    checkQualifiedName(name, at, errors);
    if (qualifiedName(name).length === 0 && !name.includes("/") && !isStandard(name))
      errors.invalid(at, name, "must be a standard resource for quota");
    checkAmount(name, amount, at, errors);
  }
}

function isStandard(name: string): boolean {
  const plain = name.replace(/^requests\./, "");
  return computeResources.has(name) || countedResources.has(name) || isHugePages(plain);
}

function validateScopes({ scopes: given = [], hard = {} }: ResourceQuotaSpec, errors: FieldErrors): void {
  const path = "spec.scopes";
  for (const scope of given) {
    if (!scopes.includes(scope)) errors.invalid(path, given, "unsupported scope");
    checkFits(scope, hard, given, path, errors);
  }
  for (const pair of opposites)
    if (pair.every((scope) => given.includes(scope))) errors.invalid(path, given, "conflicting scopes");
}

function checkFits(
  scope: string,
  hard: Readonly<Record<string, string>>,
  shown: unknown,
  path: string,
  errors: FieldErrors,
): void {
  for (const name of Object.keys(hard))
    if (isStandard(name) && !fits(scope, name)) errors.invalid(path, shown, "unsupported scope applied to resource");
}

/** Whether what a scope selects uses the resource. */
function fits(scope: string, name: string): boolean {
  if (scope === "VolumeAttributesClass") return name === "persistentvolumeclaims" || name === "requests.storage";
  if (scope === "BestEffort") return name === "pods";
  return !scopes.includes(scope) || name === "pods" || computeResources.has(name) || name.includes("hugepages-");
}

function validateRequirement(
  requirement: ScopedResourceSelectorRequirement,
  { hard = {} }: ResourceQuotaSpec,
  path: string,
  errors: FieldErrors,
): void {
  const { scopeName = "", operator = "", values = [] } = requirement;
  if (!scopes.includes(scopeName)) errors.invalid(`${path}.scopeName`, scopeName, "unsupported scope");
  checkFits(scopeName, hard, requirement, path, errors);
  if (scopeName !== "PriorityClass" && scopeName !== "VolumeAttributesClass" && operator !== "Exists")
    errors.invalid(
      `${path}.operator`,
      operator,
      "must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
    );
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0)
      errors.required(
        `${path}.values`,
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      );
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      errors.invalid(
        `${path}.values`,
        values,
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
      );
  } else errors.invalid(`${path}.operator`, operator, "not a valid selector operator");
}
