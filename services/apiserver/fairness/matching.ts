import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import { type Attributes, isPath } from "../auth/authoriser.ts";
import type { RequestAttributes } from "../request-attributes.ts";

/** The rules of a flow schema that are for somebody. */
export interface RulesForSubject {
  readonly resourceRules: readonly ResourcePolicyRule[];
  readonly nonResourceRules: readonly NonResourcePolicyRule[];
}

/** What a flow schema says of somebody's requests; undefined when it says nothing of them. */
export function rulesFor({ rules = [] }: FlowSchemaSpec, identity: Identity): RulesForSubject | undefined {
  const own = rules.filter(({ subjects = [] }: PolicyRulesWithSubjects) =>
    subjects.some((subject) => isSubject(subject, identity)),
  );
  if (own.length === 0) return undefined;
  return {
    resourceRules: own.flatMap(({ resourceRules = [] }) => resourceRules),
    nonResourceRules: own.flatMap(({ nonResourceRules = [] }) => nonResourceRules),
  };
}

/** Whether one of the rules is about what a request wants. */
export function matches({ resourceRules, nonResourceRules }: RulesForSubject, attributes: Attributes): boolean {
  if (!isPath(attributes)) {
    for (const rule of resourceRules) if (matchesResource(rule, attributes)) return true;
    return false;
  }
  const { verb, path } = attributes;
  return nonResourceRules.some(
    ({ verbs, nonResourceURLs = [] }) => includes(verbs, verb) && nonResourceURLs.some((url) => matchesPath(url, path)),
  );
}

function isSubject({ kind, user, group, serviceAccount }: Subject, identity: Identity): boolean {
  switch (kind) {
    case "User":
      return user?.name === "*" || user?.name === identity.user;
    case "Group":
      return group?.name === "*" || identity.groups.includes(group?.name ?? "");
    case "ServiceAccount": {
      const prefix = `system:serviceaccount:${serviceAccount?.namespace}:`;
      const name = serviceAccount?.name ?? "";
      return name === "*" ? identity.user.startsWith(prefix) : identity.user === prefix + name;
    }
    default:
      return false;
  }
}

function matchesResource(rule: ResourcePolicyRule, attributes: RequestAttributes): boolean {
  const { verb, group, resource, subresource, namespace } = attributes;
  if (!includes(rule.verbs, verb) || !includes(rule.apiGroups, group)) return false;
  if (!includes(rule.resources, subresource ? `${resource}/${subresource}` : resource)) return false;
  return namespace ? includes(rule.namespaces, namespace) : rule.clusterScope === true;
}

function includes(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values[0] === "*" || values.includes(value));
}

function matchesPath(url: string, path: string): boolean {
  return url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}
