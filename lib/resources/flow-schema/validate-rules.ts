import type { NonResourcePolicyRule, ResourcePolicyRule } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDnsLabel } from "../rules.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

/** Checks which requests for objects are meant. */
export function validateResourceRule(rule: ResourcePolicyRule, path: string, errors: FieldErrors): void {
  const { apiGroups = [], resources = [], namespaces = [] } = rule;
  validateVerbs(rule.verbs ?? [], `${path}.verbs`, errors);
  if (apiGroups.length === 0) errors.required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  checkAlone(apiGroups, "api groups", `${path}.apiGroups`, errors);
  if (resources.length === 0) errors.required(`${path}.resources`, "resource rules must supply at least one resource");
  checkAlone(resources, "resources", `${path}.resources`, errors);
  if (namespaces.length === 0 && !rule.clusterScope)
    errors.required(
      `${path}.namespaces`,
      "resource rules that are not cluster scoped must supply at least one namespace",
    );
  checkAlone(namespaces, "namespaces", `${path}.namespaces`, errors);
  if (namespaces.includes("*")) return;
  for (const [index, namespace] of namespaces.entries())
    checkDnsLabel(namespace, `${path}.namespaces[${index}]`, errors);
}

/** Checks which other requests are meant. */
export function validateNonResourceRule(rule: NonResourcePolicyRule, path: string, errors: FieldErrors): void {
  const urls = rule.nonResourceURLs ?? [];
  const at = `${path}.nonResourceURLs`;
  validateVerbs(rule.verbs ?? [], `${path}.verbs`, errors);
  if (urls.length === 0) errors.required(at, "nonResourceURLs must contain at least one value");
  checkAlone(urls, "non-resource URLs", at, errors);
  if (urls.includes("*")) return;
  for (const [index, url] of urls.entries()) {
    const message = pathError(url);
    if (message) errors.invalid(`${at}[${index}]`, url, message);
  }
}

function validateVerbs(given: readonly string[], path: string, errors: FieldErrors): void {
  if (given.length === 0) errors.required(path, "verbs must contain at least one value");
  else if (given.includes("*")) checkAlone(given, "verbs", path, errors);
  else if (given.some((verb) => !verbs.includes(verb))) errors.notSupported(path, given, verbs);
}

function checkAlone(values: readonly string[], what: string, path: string, errors: FieldErrors): void {
  if (values.length > 1 && values.includes("*"))
    errors.invalid(path, values, `if '*' is present, must not specify other ${what}`);
}

function pathError(path: string): string | undefined {
  if (!path) return "must not be empty";
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return "must start with slash";
  if (path.includes(" ")) return "must not contain white-space";
  if (path.includes("//")) return "must not contain double slash";
  const first = path.indexOf("*");
  const isSuffix = first === path.length - 1 && path.endsWith("/*");
  return first < 0 || isSuffix ? undefined : "wildcard can only do suffix matching";
}
