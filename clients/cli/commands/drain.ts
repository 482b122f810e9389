import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { formatGoDuration } from "../../../lib/api/go-duration.ts";
import { CliError, throwAll } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { choosePods } from "../drain/choose-pods.ts";
import { evictPod } from "../drain/evict-pod.ts";
import { duration, integer, text, toggle } from "../flags.ts";
import { dryRunFlag, dryRunSuffix, readDryRun, selectorFlag } from "../request/common-flags.ts";
import { withDeadline } from "../request/deadline.ts";
import { findNodes, setUnschedulable } from "../request/nodes.ts";
import { listObjects } from "../request/objects.ts";
import { knownKind } from "../request/workloads.ts";

const flags = {
  selector: selectorFlag,
  podSelector: text("--pod-selector <query>", "Label selector of the pods on the node that are evicted"),
  ignoreDaemonsets: toggle("--ignore-daemonsets", "Leave pods of daemon sets where they are"),
  deleteEmptydirData: toggle("--delete-emptydir-data", "Go on even if there are pods that use emptyDir volumes"),
  force: toggle("--force", "Go on even if there are pods that declare no controller"),
  disableEviction: toggle("--disable-eviction", "Delete pods, whatever their disruption budgets say"),
  gracePeriod: integer("--grace-period <seconds>", "Time for each pod to terminate; negative: as the pod says", -1),
  timeout: duration("--timeout <time>", "How long to wait; 0: as long as it takes", 0, true),
  dryRun: dryRunFlag,
};

export const command = defineCommand({
  usage: "NODE",
  summary: "Drain node in preparation for maintenance",
  examples: ["typectl drain node-1 --ignore-daemonsets", "typectl drain node-1 --force --grace-period=900"],
  flags,
  run: drain,
});

type Input = CommandInput<typeof flags>;

async function drain(input: Input): Promise<void> {
  const { context, flags, args } = input;
  const dryRun = readDryRun(flags.dryRun);
  const { nodes, errors } = await findNodes(context, "drain", args, flags.selector);
  throwAll(errors);
  for (const node of nodes) await setUnschedulable(context, node, true, dryRun);
  const pending = new Map<string, string>();
  for (const node of nodes) {
    const name = node.metadata?.name ?? "";
    try {
      await drainNode(input, node);
      await context.print(`node/${name} drained${dryRunSuffix(dryRun)}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      pending.set(name, why);
      await context.note(
        `error: unable to drain node ${JSON.stringify(name)} due to error: ${why}, continuing command...`,
      );
    }
  }
  if (pending.size === 0) return;
  const lines = ["There are pending nodes to be drained:", ...[...pending.keys()].map((name) => ` ${name}`)];
  throw new CliError([...lines, ...pending.values()].join("\n"), { isBare: true });
}

async function drainNode(input: Input, node: Node): Promise<void> {
  const { context, flags } = input;
  const { evicted, refusals, warnings } = choosePods(await podsOn(input, node), flags);
  if (refusals.length > 0) throw new CliError(refusals.length === 1 ? `${refusals[0]}` : `[${refusals.join(", ")}]`);
  if (warnings.length > 0) await context.note(`Warning: ${warnings.join("; ")}`);
  if (readDryRun(flags.dryRun) !== "none") {
    for (const { metadata } of evicted)
      await context.print(
        `evicting pod ${metadata?.namespace}/${metadata?.name}${dryRunSuffix(readDryRun(flags.dryRun))}`,
      );
    return;
  }
  await withDeadline(
    context,
    flags.timeout,
    async (signal) => {
      const results = await Promise.allSettled(evicted.map((pod) => evictPod(context, pod, { ...flags, signal })));
      throwAll(results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])).slice(0, 1));
    },
    () => new CliError(`global timeout reached: ${formatGoDuration(flags.timeout)}`),
  );
}

async function podsOn({ context, flags }: Input, node: Node): Promise<Pod[]> {
  const fieldSelector = `spec.nodeName=${node.metadata?.name}`;
  const selection = { fieldSelector, selector: flags.podSelector, allNamespaces: true };
  return (await listObjects(context, knownKind("", "pods"), selection)).objects;
}
