import { throwAll } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { dryRunFlag, readDryRun, selectorFlag } from "../request/common-flags.ts";
import { findNodes, setUnschedulable } from "../request/nodes.ts";

export const command = defineCommand({
  usage: "NODE",
  summary: "Mark node as unschedulable",
  examples: ["typectl cordon node-1"],
  flags: { selector: selectorFlag, dryRun: dryRunFlag },
  async run({ context, flags, args }) {
    const { nodes, errors } = await findNodes(context, "cordon", args, flags.selector);
    for (const node of nodes) await setUnschedulable(context, node, true, readDryRun(flags.dryRun));
    throwAll(errors);
  },
});
