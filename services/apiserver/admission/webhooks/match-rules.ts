import type { AdmissionRule } from "../../../../lib/resources/admission-rules.ts";
import type { AdmissionVersion } from "./versions.ts";

/** What of a request rules look at. */
export interface RuleSubject {
  readonly operation: string;
  readonly subresource: string | undefined;
  /** Namespaces themselves are cluster-scoped. */
  readonly isNamespaced: boolean;
}

/** Whether one of the rules is about the request, in a version of its kind. */
export function matchesRules(
  rules: readonly AdmissionRule[] | undefined,
  subject: RuleSubject,
  version: Pick<AdmissionVersion, "group" | "version" | "resource">,
): boolean {
  return (rules ?? []).some(
    (rule) =>
      matchesScope(rule.scope, subject.isNamespaced) &&
      has(rule.operations, subject.operation) &&
      has(rule.apiGroups, version.group) &&
      has(rule.apiVersions, version.version) &&
      (rule.resources ?? []).some((wanted) => matchesResource(wanted, version.resource, subject.subresource)),
  );
}

function has(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted?.some((one) => one === "*" || one === value) ?? false;
}

function matchesScope(scope: string | undefined, isNamespaced: boolean): boolean {
  return !scope || scope === "*" || (scope === "Namespaced") === isNamespaced;
}

/** `pods` is without its subresources, `pods/*` with them, `*` all kinds without theirs, and so on. */
function matchesResource(wanted: string, resource: string, subresource = ""): boolean {
  const [wantedResource = "", wantedSub = ""] = wanted.split("/", 2);
  return (wantedResource === "*" || wantedResource === resource) && (wantedSub === "*" || wantedSub === subresource);
}
