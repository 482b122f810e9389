import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { readLabelPairs } from "../request/pairs.ts";

export const command = defineCommand({
  usage: "NAME --selector=SELECTOR --min-available=N",
  summary: "Create a pod disruption budget with the specified name",
  examples: ["typectl create poddisruptionbudget web --selector=app=web --min-available=50%"],
  flags: {
    ...createFlags,
    selector: text("--selector <query>", "Labels of the pods that the budget is for"),
    minAvailable: text("--min-available <count>", "How many pods must stay, as a number or a share"),
    maxUnavailable: text("--max-unavailable <count>", "How many pods may be away, as a number or a share"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create poddisruptionbudget", args);
    const { selector, minAvailable, maxUnavailable } = flags;
    if (!selector) throw new CliError("a selector must be specified");
    if (!minAvailable && !maxUnavailable)
      throw new CliError("one of min-available or max-unavailable must be specified");
    if (minAvailable && maxUnavailable)
      throw new CliError("min-available and max-unavailable cannot be both specified");
    parseLabelSelector(selector);
    const limit = minAvailable
      ? { minAvailable: countOrShare("min-available", minAvailable) }
      : { maxUnavailable: countOrShare("max-unavailable", maxUnavailable) };
    const spec = { ...limit, selector: { matchLabels: readLabelPairs(selector) } };
    const object = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec };
    await createMade(context, object, flags);
  },
});

function countOrShare(flag: string, value: string): number | string {
  if (!/^\d+%?$/.test(value)) throw new CliError(`invalid format specified for ${flag}`);
  return value.endsWith("%") ? value : Number(value);
}
