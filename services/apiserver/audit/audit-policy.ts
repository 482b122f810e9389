import { readFileSync } from "node:fs";
import type { Identity } from "../../../lib/grpc/router.ts";
import { type Attributes, isPath } from "../auth/authoriser.ts";
import { matchesPath } from "../auth/rbac/rule-set.ts";
import type { RequestAttributes } from "../request-attributes.ts";

/** How much of a request is written down. */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

interface GroupResources {
  group?: string;
  resources?: string[];
  resourceNames?: string[];
}

interface PolicyRule {
  level?: AuditLevel;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: AuditStage[];
}

/** audit.k8s.io/v1 `Policy`. */
interface Policy {
  apiVersion?: string;
  kind?: string;
  rules?: PolicyRule[];
  omitStages?: AuditStage[];
}

/** What is written down of one request. */
export interface AuditScope {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
}

const levels: readonly string[] = ["None", "Metadata", "Request", "RequestResponse"];
const nothing: AuditScope = { level: "None", omitStages: new Set() };
/** What these say never stands in a log. */
const secretResources = new Set(["/secrets", "/serviceaccounts/token", "authentication.k8s.io/tokenreviews"]);

/** Which requests are written down, and how much of them: the first rule that fits decides. */
export class AuditPolicy {
  readonly #policy: Policy;

  /** @throws TypeError when it is no policy. */
  constructor(policy: Policy) {
    if (policy.kind !== "Policy" || policy.apiVersion !== "audit.k8s.io/v1") {
      throw new TypeError("an audit policy is of kind Policy in audit.k8s.io/v1");
    }
    for (const [index, { level }] of (policy.rules ?? []).entries()) {
      if (!levels.includes(level ?? "")) throw new TypeError(`rules[${index}].level is one of ${levels.join(", ")}`);
    }
    this.#policy = policy;
  }

  /** @throws when the file cannot be read, or is no policy. */
  static async read(path: string): Promise<AuditPolicy> {
    // Large, and most servers have no policy.
    const { parseYaml } = await import("../../../lib/api/yaml.ts");
    const [document] = parseYaml(readFileSync(path, "utf8"));
    return new AuditPolicy({ ...(document?.value as Policy) });
  }

  scopeOf(identity: Identity, attributes: Attributes): AuditScope {
    const { rules = [], omitStages = [] } = this.#policy;
    const rule = rules.find((one) => fits(one, identity, attributes));
    if (!rule || rule.level === "None") return nothing;
    const level = isSecret(attributes) ? "Metadata" : (rule.level ?? "None");
    return { level, omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]) };
  }
}

function isSecret(attributes: Attributes): boolean {
  if (isPath(attributes)) return false;
  const { group, resource, subresource } = attributes;
  return secretResources.has(`${group}/${subresource ? `${resource}/${subresource}` : resource}`);
}

function fits(rule: PolicyRule, identity: Identity, attributes: Attributes): boolean {
  const { users = [], userGroups = [], verbs = [], nonResourceURLs = [], resources = [], namespaces = [] } = rule;
  if (users.length > 0 && !users.includes(identity.user)) return false;
  if (userGroups.length > 0 && !userGroups.some((group) => identity.groups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false;
  const isOfResources = resources.length > 0 || namespaces.length > 0;
  if (isPath(attributes)) {
    if (nonResourceURLs.length > 0) return nonResourceURLs.some((pattern) => matchesPath(pattern, attributes.path));
    return !isOfResources;
  }
  if (!isOfResources) return nonResourceURLs.length === 0;
  if (namespaces.length > 0 && !namespaces.includes(attributes.namespace ?? "")) return false;
  return resources.length === 0 || resources.some((one) => fitsResource(one, attributes));
}

function fitsResource(
  { group = "", resources = [], resourceNames = [] }: GroupResources,
  of: RequestAttributes,
): boolean {
  if (group !== of.group) return false;
  if (resourceNames.length > 0 && !resourceNames.includes(of.name ?? "")) return false;
  if (resources.length === 0) return true;
  const full = of.subresource ? `${of.resource}/${of.subresource}` : of.resource;
  return resources.some(
    (one) =>
      one === "*" ||
      one === full ||
      (one.startsWith("*/") && one.slice(2) === of.subresource) ||
      (one.endsWith("/*") && one.slice(0, -2) === of.resource),
  );
}
