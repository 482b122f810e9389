import { throwAll } from "../cli-error.ts";
import { defineCommand, type RunnableCommand } from "../command.ts";
import { dryRunFlag, readDryRun, selectorFlag } from "../request/common-flags.ts";
import { findNodes, setUnschedulable } from "../request/nodes.ts";

/** The command that closes nodes to new pods, or the one that opens them again. */
export function schedulableCommand(verb: "cordon" | "uncordon"): RunnableCommand {
  const closes = verb === "cordon";
  return defineCommand({
    usage: "NODE",
    summary: `Mark node as ${closes ? "unschedulable" : "schedulable"}`,
    examples: [`typectl ${verb} node-1`],
    flags: { selector: selectorFlag, dryRun: dryRunFlag },
    async run({ context, flags, args }) {
      const { nodes, errors } = await findNodes(context, verb, args, flags.selector);
      for (const node of nodes) await setUnschedulable(context, node, closes, readDryRun(flags.dryRun));
      throwAll(errors);
    },
  });
}
