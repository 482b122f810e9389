import { CliError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { list } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { resourceRules, ruleFlags, verbsOf } from "../request/rbac-rules.ts";

const flags = {
  ...createFlags,
  ...ruleFlags,
  nonResourceUrl: list("--non-resource-url <path>", "A partial URL that a user should have access to"),
  aggregationRule: list("--aggregation-rule <key=value>", "Labels of the cluster roles that this one gathers"),
};

export const command = defineCommand({
  usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename]",
  summary: "Create a cluster role",
  examples: [
    "typectl create clusterrole pod-reader --verb=get,list,watch --resource=pods",
    'typectl create clusterrole monitoring --aggregation-rule="example.com/aggregate=true"',
  ],
  flags,
  async run({ context, flags, args }) {
    const metadata = { name: onlyName("create clusterrole", args) };
    const body = flags.aggregationRule.length > 0 ? aggregation(flags) : { rules: rules(flags) };
    const object = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, ...body };
    await createMade(context, object, flags);
  },
});

type Words = CommandInput<typeof flags>["flags"];

function rules(words: Words) {
  const verbs = verbsOf(words.verb);
  const { resource, nonResourceUrl, resourceName } = words;
  if (resource.length === 0 && nonResourceUrl.length === 0)
    throw new CliError(
      resourceName.length > 0
        ? "at least one resource must be specified"
        : "one of resource or nonResourceURL must be specified",
    );
  const paths = nonResourceUrl.length > 0 ? [{ nonResourceURLs: [...new Set(nonResourceUrl)], verbs }] : [];
  return [...resourceRules(words), ...paths];
}

function aggregation({ aggregationRule, verb, resource, nonResourceUrl, resourceName }: Words) {
  if ([verb, resource, nonResourceUrl, resourceName].some(({ length }) => length > 0))
    throw new CliError("aggregation rule must be specified without a verb, resource, resource name or nonResourceURL");
  const matchLabels = Object.fromEntries(
    aggregationRule.map((word) => {
      const [key = "", value] = word.split("=");
      if (!key || value === undefined) throw new CliError(`unexpected aggregation rule ${word}, expected key=value`);
      return [key, value];
    }),
  );
  return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: [] };
}
