import { CliError } from "../cli-error.ts";
import { list, plainList } from "../flags.ts";
import { findKind } from "./resource-arguments.ts";

/** Flags of the commands that make roles. */
export const ruleFlags = {
  verb: list("--verb <verb>", "Verb that applies to the resources of the rule"),
  resource: list(
    "--resource <resource>",
    "Resource that the rule applies to, such as pods, deployments.apps or pods/log",
  ),
  resourceName: plainList("--resource-name <name>", "Resource in the white list that the rule applies to"),
};

interface RuleWords {
  readonly verb: readonly string[];
  readonly resource: readonly string[];
  readonly resourceName: readonly string[];
}

/** A rule per API group of the resources. @throws CliError for resources that there are not */
export function resourceRules({ verb, resource, resourceName }: RuleWords) {
  const verbs = verbsOf(verb);
  const byGroup = new Map<string, Set<string>>();
  for (const word of resource) {
    const { group, name } = readResource(word);
    byGroup.set(group, (byGroup.get(group) ?? new Set()).add(name));
  }
  const names = resourceName.length > 0 ? { resourceNames: [...resourceName] } : {};
  return [...byGroup.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([group, resources]) => ({ apiGroups: [group], ...names, resources: [...resources], verbs }));
}

/** Each verb once; `*` stands for all others. @throws CliError when there is none */
export function verbsOf(verb: readonly string[]): string[] {
  const verbs = [...new Set(verb.map((word) => word.trim()).filter(Boolean))];
  if (verbs.length === 0) throw new CliError("at least one verb must be specified");
  return verbs.includes("*") ? ["*"] : verbs;
}

function readResource(word: string): { group: string; name: string } {
  const [kind = "", ...rest] = word.split("/");
  if (rest.length > 1 || kind === "") throw new CliError(`invalid resource ${JSON.stringify(word)}`);
  const subresource = rest[0] === undefined ? "" : `/${rest[0]}`;
  if (kind === "*") return { group: "*", name: `*${subresource}` };
  const { group, plural } = findKind(kind);
  return { group, name: `${plural}${subresource}` };
}
