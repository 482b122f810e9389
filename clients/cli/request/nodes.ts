import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { CliError, usageError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { type DryRun, dryRunOption, dryRunSuffix } from "./common-flags.ts";
import { fetchAll } from "./objects.ts";
import { knownKind } from "./workloads.ts";

/** The nodes that are meant, by name or by selector. @throws CliError */
export async function findNodes(
  context: Context,
  verb: string,
  args: readonly string[],
  selector: string,
): Promise<{ nodes: Node[]; errors: unknown[] }> {
  const names = args.map((argument) => argument.replace(/^nodes?\//, ""));
  if (names.length === 0 && !selector) throw usageError(verb, `USAGE: ${verb} NODE [flags]`);
  if (names.length > 0 && selector)
    throw new CliError("error: cannot specify both a node name and a --selector option");
  const request = { info: knownKind("", "nodes"), names: names.length > 0 ? names : undefined };
  const { found, errors } = await fetchAll(context, [request], { selector });
  return { nodes: found.map(({ object }) => object), errors };
}

/** Marks a node as unschedulable, or takes the mark away, and tells it. */
export async function setUnschedulable(context: Context, node: Node, wanted: boolean, dryRun: DryRun): Promise<void> {
  const name = node.metadata?.name ?? "";
  const what = wanted ? "cordoned" : "uncordoned";
  if ((node.spec?.unschedulable ?? false) === wanted) {
    await context.print(`node/${name} already ${what}${dryRunSuffix(dryRun)}`);
    return;
  }
  if (dryRun !== "client") {
    const { client } = await context.connect();
    const patch = { spec: { unschedulable: wanted ? true : null } };
    await client.core.v1.nodes.patch(name, patch, { ...dryRunOption(dryRun), ...context.call });
  }
  await context.print(`node/${name} ${what}${dryRunSuffix(dryRun)}`);
}
