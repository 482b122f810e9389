import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { resourceRules, ruleFlags, verbsOf } from "../request/rbac-rules.ts";

export const command = defineCommand({
  usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]",
  summary: "Create a role with single rule",
  examples: ["typectl create role pod-reader --verb=get,list,watch --resource=pods,pods/log"],
  flags: { ...createFlags, ...ruleFlags },
  async run({ context, flags, args }) {
    const name = onlyName("create role", args);
    verbsOf(flags.verb);
    if (flags.resource.length === 0) throw new CliError("at least one resource must be specified");
    const rules = resourceRules(flags);
    const object = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name }, rules };
    await createMade(context, object, flags);
  },
});
