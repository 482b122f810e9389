import { labelName, type ObjectNameRule, pathSegmentName, serviceName, subdomainName } from "../../lib/api/names.ts";
import type { ResourceInfo } from "./resource-info.ts";

const rules: Readonly<Record<string, ObjectNameRule>> = {
  namespaces: labelName,
  services: serviceName,
  "statefulsets.apps": labelName,
  "clusterroles.rbac.authorization.k8s.io": pathSegmentName,
  "clusterrolebindings.rbac.authorization.k8s.io": pathSegmentName,
  "roles.rbac.authorization.k8s.io": pathSegmentName,
  "rolebindings.rbac.authorization.k8s.io": pathSegmentName,
};

/** What names of a kind look like. */
export function nameRuleOf(info: ResourceInfo): ObjectNameRule {
  return rules[info.groupResource] ?? subdomainName;
}
