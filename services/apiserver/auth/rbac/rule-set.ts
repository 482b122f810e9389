import type { PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { RequestAttributes } from "../../request-attributes.ts";
import type { Decision, PathAttributes } from "../authoriser.ts";

/** A rule that somebody has, and by which binding. */
export interface GrantedRule {
  readonly rule: PolicyRule;
  /** That it allows something, and by which binding. */
  readonly decision: Decision;
}

/** The rules that a subject has in one place, found by what they are about. */
export class RuleSet {
  readonly rules: readonly GrantedRule[];
  /** What went wrong in finding the rules: roles that are not there. */
  readonly errors: readonly string[];
  readonly #byResource = new Map<string, GrantedRule[]>();
  readonly #forPaths: GrantedRule[] = [];

  constructor(rules: readonly GrantedRule[], errors: readonly string[]) {
    this.rules = rules;
    this.errors = errors;
    for (const granted of rules) this.#sort(granted);
  }

  /** The rule that allows a request of a resource. */
  find(attributes: RequestAttributes): GrantedRule | undefined {
    const { resource, subresource } = attributes;
    const full = subresource ? `${resource}/${subresource}` : resource;
    const found = this.#among(full, attributes) ?? this.#among("*", attributes);
    return found ?? (subresource ? this.#among(`*/${subresource}`, attributes) : undefined);
  }

  /** The rule that allows a request of a path. */
  findPath({ verb, path }: PathAttributes): GrantedRule | undefined {
    return this.#forPaths.find(
      ({ rule }) => has(rule.verbs, verb) && rule.nonResourceURLs?.some((pattern) => matchesPath(pattern, path)),
    );
  }

  #sort(granted: GrantedRule): void {
    if (granted.rule.nonResourceURLs?.length) this.#forPaths.push(granted);
    for (const resource of granted.rule.resources ?? []) {
      const others = this.#byResource.get(resource);
      if (others) others.push(granted);
      else this.#byResource.set(resource, [granted]);
    }
  }

  #among(resource: string, { verb, group, name }: RequestAttributes): GrantedRule | undefined {
    return this.#byResource.get(resource)?.find(({ rule }) => {
      const { verbs, apiGroups, resourceNames } = rule;
      const named = !resourceNames?.length || (name !== undefined && resourceNames.includes(name));
      return named && has(verbs, verb) && has(apiGroups, group);
    });
  }
}

function has(list: readonly string[] = [], wanted: string): boolean {
  return list.includes(wanted) || list.includes("*");
}

/** A pattern is a path, or the beginning of paths and a star. */
export function matchesPath(pattern: string, path: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
}
